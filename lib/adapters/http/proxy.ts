/** The proxy that an installation's network demands, as the usual variables name it. */
export interface OutboundProxy {
  readonly https: string | null;
  readonly http: string | null;
  /** Hosts reached without it: names, `.suffixes`, or `*`. */
  readonly none: readonly string[];
}

/** Agents of older versions know of no proxy, and would go past it unguarded. */
function agentsKnowProxies(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
}

/** The proxy of an environment; undefined where there is none, or where this version of Node cannot use one. */
export function readProxy(environment: Readonly<Record<string, string | undefined>>, version: string = process.versions.node): OutboundProxy | undefined {
  if (!agentsKnowProxies(version)) return undefined;
  const given = (name: string): string | null => environment[name]?.trim() || environment[name.toLowerCase()]?.trim() || null;
  const [https, http] = [given('HTTPS_PROXY'), given('HTTP_PROXY')];
  if (https === null && http === null) return undefined;
  return { https, http, none: (given('NO_PROXY') ?? '').toLowerCase().split(/[\s,]+/).filter((host) => host !== '') };
}

const isExempt = (host: string, none: readonly string[]): boolean =>
  none.some((entry) => entry === '*' || host === entry.replace(/^\*?\./, '') || host.endsWith(`.${entry.replace(/^\*?\./, '')}`));

/** What an agent is told to send a request to the host through, or undefined where it goes there by itself. */
export function proxyFor(proxy: OutboundProxy | undefined, protocol: string, host: string): Readonly<Record<string, string>> | undefined {
  const url = protocol === 'https:' ? proxy?.https : proxy?.http;
  if (!url || isExempt(host, proxy?.none ?? [])) return undefined;
  return protocol === 'https:' ? { HTTPS_PROXY: url } : { HTTP_PROXY: url };
}
