import type { Ports } from '../../core/ports/ports.ts';
import { askDatabase } from '../../core/shared/health-store.ts';
import { jsonResponse, route, type Route } from './router.ts';

const DATABASE_PATIENCE_MS = 5_000;

/** `/health` asks nobody, `/health/deep` the database, and it tells how the licence stands, which makes no server ill; `/` tells visitors where to go. */
export function healthRoutes(ports: Pick<Ports, 'db' | 'clock' | 'settings' | 'license' | 'telemetry'>): readonly Route[] {
  const { baseUrl, version } = ports.settings;
  const fresh = { 'cache-control': 'no-store' };
  const signpost = { name: 'windlass', version, graphql: `${baseUrl}/graphql`, signIn: `${baseUrl}/admin-login`, health: `${baseUrl}/health` };
  return [
    route('GET', '/', async () => jsonResponse(200, signpost)),
    route('GET', '/health', async () => jsonResponse(200, { status: 'ok', version }, fresh)),
    route('GET', '/health/deep', async () => {
      const [database, license] = await Promise.all([databaseAnswers(ports), licenseState(ports)]);
      return jsonResponse(
        database ? 200 : 503,
        { status: database ? 'ok' : 'failing', version, checks: { database: database ? 'ok' : 'no answer' }, license },
        fresh,
      );
    }),
  ];
}

async function licenseState(ports: Pick<Ports, 'license' | 'telemetry'>): Promise<{ readonly state: string; readonly reason: string | null }> {
  try {
    const { state, reason } = await ports.license.terms();
    return { state, reason };
  } catch (error) {
    ports.telemetry.log('error', 'the licence cannot be read', { error });
    return { state: 'unknown', reason: 'the licence cannot be read' };
  }
}

/** `/health/active`: 200 in the one region that serves; what turns the records of names from one to the other asks here. */
export function activeRoutes(isActive: () => Promise<boolean>): readonly Route[] {
  return [
    route('GET', '/health/active', async () => {
      const active = await isActive();
      return jsonResponse(active ? 200 : 503, { status: active ? 'active' : 'standby' }, { 'cache-control': 'no-store' });
    }),
  ];
}

async function databaseAnswers(ports: Pick<Ports, 'db' | 'clock' | 'telemetry'>): Promise<boolean> {
  const answered = new AbortController();
  const tooLate = ports.clock.sleep(DATABASE_PATIENCE_MS, answered.signal).then(() => false);
  const asked = askDatabase(ports.db.sql).then(
    () => true,
    (error: unknown) => {
      ports.telemetry.log('error', 'the database does not answer', { error });
      return false;
    },
  );
  try {
    return await Promise.race([asked, tooLate]);
  } finally {
    answered.abort();
  }
}
