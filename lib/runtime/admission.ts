import type { Ports } from '../core/ports/ports.ts';
import { unavailable } from '../core/shared/errors.ts';
import type { Mode } from '../adapters/aws/ssm-mode.ts';

/** Lets a call begin to read while it is still being asked whether the installation is on; what has an effect waits for the answer. */
export interface Admission {
  /** Asks, for a call of the function that begins now. */
  begin(): void;
  /** Whether the last answer was that it is on: only then is anything begun before the next. */
  readonly expectsOn: boolean;
  /** The answer to what was asked last. */
  isOff(): Promise<boolean>;
  /** Resolves once the installation is known to be on, and refuses what comes while it is off. */
  passed(): Promise<void>;
}

export function admission(mode: Mode): Admission {
  let asked: Promise<boolean> | undefined;
  let expectsOn = false;
  return {
    begin() {
      asked = mode.isOff();
      // Whoever waits for it hears of it.
      asked.then(
        (off) => (expectsOn = !off),
        () => undefined,
      );
    },
    get expectsOn() {
      return expectsOn;
    },
    isOff: async () => (await asked) ?? false,
    async passed() {
      if (await asked) throw unavailable('the installation is stopped for maintenance');
    },
  };
}

/** Whether a statement changes nothing and locks nothing. */
export const onlyReads = (sql: string): boolean => /^\s*(?:select|with)\b/i.test(sql) && !/\b(?:insert|update|delete|merge)\b/i.test(sql);

/** The ports through which something is changed outside the database, each call of which waits to be admitted. */
export function admitted<P extends Pick<Ports, 'objects' | 'broker' | 'certificates' | 'http'>>(ports: P, { passed }: Pick<Admission, 'passed'>): P {
  const held = <Port extends object>(port: Port, names: readonly (keyof Port)[]): Port =>
    new Proxy(port, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function' || !names.includes(name as keyof Port)) return member;
        return async (...args: unknown[]): Promise<unknown> => {
          await passed();
          return Reflect.apply(member, target, args);
        };
      },
    });
  return {
    ...ports,
    objects: held(ports.objects, ['put', 'delete']),
    broker: held(ports.broker, ['publish', 'disconnect']),
    certificates: held(ports.certificates, ['issue', 'revoke', 'repair', 'removeOrphans']),
    http: held(ports.http, ['send']),
  };
}
