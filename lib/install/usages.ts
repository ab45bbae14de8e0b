/** The operator's commands, as they are written. */
export const USAGES = {
  install: 'install [-c file] [--yes] [--json] [--accept-license] [--allow-unsupported-engine] [--rename-account]',
  doctor: 'doctor [-c file] [--json]',
  uninstall: 'uninstall [-c file] [-f] [-n]   -f asks nothing, -n keeps nothing',
  'start-stop-services': 'start-stop-services -e true|false [-c file] [--json]',
  'update-sso-settings': 'update-sso-settings [-c file]',
  failover: 'failover --to region [--copy-first] [--database-promoted] [--unplanned --accept-data-loss] [-c file] [--yes] [--json]',
} as const;

export type OperatorCommand = keyof typeof USAGES;

export const isOperatorCommand = (name: string | undefined): name is OperatorCommand => name !== undefined && Object.hasOwn(USAGES, name);
