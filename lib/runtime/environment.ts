/** Reads settings from an environment and collects every fault, so that all are reported together. */
export class EnvironmentReader {
  readonly faults: string[] = [];
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment;
  }

  fault(name: string, what: string): void {
    this.faults.push(`${name}: ${what}`);
  }

  /** The value without surrounding space; an empty one counts as unset. */
  text(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === undefined || value === '' ? undefined : value;
  }

  whole(name: string, fallback: number, least: number, most: number): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      this.fault(name, `${JSON.stringify(text)} is not a whole number from ${least} to ${most}`);
      return fallback;
    }
    return value;
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) this.fault(name, `${JSON.stringify(text)} is none of ${choices.join(', ')}`);
    return found ?? fallback;
  }

  /** `host:port`, `[v6]:port` or a bare port; port 0 takes a free one. */
  address(name: string, fallback: Address): Address {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text);
    const port = Number(match?.[3]);
    if (match === null || port > 65_535) {
      this.fault(name, `${JSON.stringify(text)} is not an address such as 127.0.0.1:1983`);
      return fallback;
    }
    return { host: match[1] ?? match[2] ?? fallback.host, port };
  }
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);

/** `host:port` as a URL wants it. */
export const hostPort = ({ host, port }: Address): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
