import { BUCKET_NAMES } from '../core/shared/buckets.ts';
import { REPLICATED_BUCKETS } from './config.ts';

/** Names of an installation's things, as commands look them up; infrastructure gives them the same. */
export const stackName = (prefix: string, id: string): string => `${prefix}-${id}`;
export const functionName = (prefix: string, name: string): string => `${prefix}-${name}`;
export const secretName = (prefix: string, name: string): string => `${prefix}/${name}`;
export const clusterName = (prefix: string): string => `${prefix}-database`;
/** The role that copies what is older than the rules. Roles are the account's, in all regions. */
export const copyingRole = (prefix: string, region: string): string => `${prefix}-copying-${region}`;
/** Buckets that are copied: those of the file, and the one that follows from their naming. */
export const COPIED_BUCKETS = BUCKET_NAMES.filter((bucket) => bucket === 'documents' || (REPLICATED_BUCKETS as readonly string[]).includes(bucket));
/** What a stack published, or what a command noted (`install`). */
export const parameterName = (prefix: string, stack: string, name: string): string => `/${prefix}/${stack}/${name}`;
export const modeParameter = (prefix: string): string => `/${prefix}/mode`;
/** The name that the account of the database has. */
export const accountNameParameter = (prefix: string): string => parameterName(prefix, 'install', 'account-name');
/** Whether a region answers as the active one; its health checks read this. */
export const activeParameter = (prefix: string): string => `/${prefix}/active`;
export const retainedParameter = (prefix: string): string => `/${prefix}/retained`;

/** Secrets of the users of a database that the installation makes. */
export const DATABASE_USERS: readonly string[] = ['database', 'database-api', 'database-drain'];
/** With their addresses, which exist where functions connect by themselves. */
export const DATABASE_SECRETS: readonly string[] = DATABASE_USERS.flatMap((name) => [name, `${name}-url`]);
const OTHER_SECRETS: readonly string[] = ['app', 'license', 'admin', 'slack', 'sso', 'git', 'origin'];
/** Secrets that an installation may have, by the ends of their names. */
export const SECRETS: readonly string[] = [...OTHER_SECRETS, ...DATABASE_SECRETS];
/** What two regions know alike. One of them keeps them, and the service has copies of them in the other. */
export const SHARED_SECRETS: readonly string[] = [...DATABASE_USERS, ...OTHER_SECRETS];

/** In the order of their deployment. */
export const STACKS = ['kms', 'storage', 'network', 'database', 'messaging', 'license', 'api', 'drain', 'edge', 'web', 'monitoring', 'dr'] as const;
/** Where a distribution's certificate and the rules in front of it live, and with them the stack `edge`. */
export const EDGE_REGION = 'us-east-1';
export type StackId = (typeof STACKS)[number];
/** What an uninstallation leaves, unless it is told to leave nothing. */
export const KEPT_STACKS: readonly StackId[] = ['kms', 'storage', 'network', 'database'];

/** A distribution in front takes the host's own name; behind it the API answers to this one. */
export const originName = (hostname: string): string => `origin.${hostname}`;
/** The name that the API answers to. */
export const apiDomainName = ({ web, hostname }: { readonly web: { readonly mode: string }; readonly hostname: string }): string =>
  web.mode === 'cloudfront' ? originName(hostname) : hostname;
