import { parseArgs, type ParseArgsConfig } from 'node:util';
import { doctor } from './commands/doctor.ts';
import { failover } from './commands/failover.ts';
import { install } from './commands/install.ts';
import { startStopServices } from './commands/start-stop-services.ts';
import { uninstall } from './commands/uninstall.ts';
import { updateSsoSettings } from './commands/update-sso-settings.ts';
import type { CommandContext } from './context.ts';
import { CommandFault, EXIT } from './outcome.ts';
import { USAGES, type OperatorCommand } from './usages.ts';

const COMMON = { config: { type: 'string', short: 'c', default: 'config.json' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } } as const;
const YES = { yes: { type: 'boolean', default: false } } as const;

type Values = Readonly<Record<string, string | boolean | undefined>>;

interface Command {
  readonly options: NonNullable<ParseArgsConfig['options']>;
  run(context: CommandContext, values: Values): Promise<unknown>;
}

const common = ({ config, yes, force, json }: Values) => ({ configFile: String(config), yes: yes === true || force === true, json: json === true });

const COMMANDS: Readonly<Record<OperatorCommand, Command>> = {
  install: {
    options: {
      ...YES,
      'accept-license': { type: 'boolean', default: false },
      'allow-unsupported-engine': { type: 'boolean', default: false },
      'rename-account': { type: 'boolean', default: false },
    },
    run: (context, values) =>
      install(context, {
        ...common(values),
        acceptLicense: values['accept-license'] === true,
        allowUnsupportedEngine: values['allow-unsupported-engine'] === true,
        renameAccount: values['rename-account'] === true,
      }),
  },
  doctor: { options: {}, run: (context, values) => doctor(context, common(values)) },
  uninstall: {
    options: { force: { type: 'boolean', short: 'f', default: false }, nothing: { type: 'boolean', short: 'n', default: false } },
    run: (context, values) => uninstall(context, { ...common(values), nothing: values.nothing === true }),
  },
  'start-stop-services': {
    options: { enable: { type: 'string', short: 'e' } },
    run: (context, values) => {
      if (values.enable !== 'true' && values.enable !== 'false') throw new CommandFault('configuration', '-e is true or false');
      return startStopServices(context, { ...common(values), enable: values.enable === 'true' });
    },
  },
  'update-sso-settings': { options: {}, run: (context, values) => updateSsoSettings(context, common(values)) },
  failover: {
    options: {
      ...YES,
      to: { type: 'string' },
      unplanned: { type: 'boolean', default: false },
      'accept-data-loss': { type: 'boolean', default: false },
      'database-promoted': { type: 'boolean', default: false },
      'copy-first': { type: 'boolean', default: false },
    },
    run: (context, values) => {
      if (typeof values.to !== 'string') throw new CommandFault('configuration', '--to names the region that is to serve');
      return failover(context, {
        ...common(values),
        to: values.to,
        unplanned: values.unplanned === true,
        acceptDataLoss: values['accept-data-loss'] === true,
        databasePromoted: values['database-promoted'] === true,
        copyFirst: values['copy-first'] === true,
      });
    },
  },
};

/** Runs a command of the operator's; how it ended, as the code of the process. */
export async function runOperatorCommand(makeContext: (flags: { readonly json: boolean }) => CommandContext, name: OperatorCommand, args: readonly string[]): Promise<number> {
  const command = COMMANDS[name];
  const values = parse(command, args);
  const context = makeContext({ json: values?.json === true });
  if (values === undefined || values.help === true) {
    const usage = `usage: ${USAGES[name]}`;
    if (values === undefined) context.complain(usage);
    else context.say(usage);
    return values === undefined ? EXIT.configuration : EXIT.done;
  }
  try {
    await command.run(context, values);
    return EXIT.done;
  } catch (error) {
    context.complain(`${name}: ${error instanceof Error ? error.message : 'failed'}`);
    return error instanceof CommandFault ? error.exitCode : EXIT.deployFailed;
  }
}

function parse(command: Command, args: readonly string[]): Values | undefined {
  try {
    return parseArgs({ args: [...args], options: { ...COMMON, ...command.options }, allowPositionals: false }).values;
  } catch {
    return undefined;
  }
}
