import { connect } from 'node:tls';

const PATIENCE_MS = 4_000;
const HTTPS = 443;

/** How a host was reached: at which address, or why not. */
export type Reached = { readonly address: string } | { readonly fault: string };
export type Probe = (host: string) => Promise<Reached>;

/** Opens a connection as a client of the service would, certificate checked, and closes it again. */
export function tlsProbe(options: { readonly port?: number; readonly ca?: string; readonly patienceMs?: number } = {}): Probe {
  const { port = HTTPS, ca, patienceMs = PATIENCE_MS } = options;
  return (host) =>
    new Promise((resolve) => {
      const socket = connect({ host, port, servername: host, ...(ca === undefined ? {} : { ca }) });
      const end = (reached: Reached) => {
        socket.destroy();
        resolve(reached);
      };
      socket.setTimeout(patienceMs, () => end({ fault: `no answer within ${patienceMs / 1000} s` }));
      socket.once('secureConnect', () => end({ address: socket.remoteAddress ?? 'unknown' }));
      socket.once('error', (error: NodeJS.ErrnoException) => end({ fault: error.code ?? error.message }));
    });
}
