import { authenticate } from '../../core/accounts/actions/authenticate.ts';
import type { Ports } from '../../core/ports/ports.ts';
import { exportUsage } from '../../core/usage/actions/export-usage.ts';
import { jsonResponse, route, type Route } from './router.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'signer' | 'settings'>;

/** `GET /usageanalytics/csv`: what workers did, for spreadsheets. */
export function usageCsvRoutes(ports: Needs): readonly Route[] {
  return [
    route('GET', '/usageanalytics/csv', async ({ headers, query, remoteIp }) => {
      const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
      const actor = bearer === undefined ? undefined : await authenticate(ports, { bearer, remoteIp });
      if (actor === undefined) return jsonResponse(401, { error: 'unauthorized' }, { 'www-authenticate': 'Bearer' });
      const asked = { since: query.get('since'), until: query.get('until'), aspect: query.get('aspect'), groupBy: query.get('groupBy') };
      const body = await exportUsage(ports, actor, asked);
      return {
        status: 200,
        headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="usage.csv"', 'cache-control': 'no-store' },
        body,
      };
    }),
  ];
}
