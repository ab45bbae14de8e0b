// npm start: the whole product in one process.
import { fileURLToPath } from 'node:url';
import { lineTelemetry } from '../lib/adapters/system/json-telemetry.ts';
import { readEmbeddedConfig } from '../lib/runtime/config.ts';
import { startEmbedded, type EmbeddedServer } from '../lib/runtime/embedded.ts';
import { standardWriter } from '../lib/process/standard-stream.ts';
import { readNamedFiles } from '../lib/runtime/named-files.ts';

const NODE_MAJOR = 24;
const STOP_WITHIN_MS = 10_000;

function refuse(messages: readonly string[]): never {
  for (const message of messages) process.stderr.write(`windlass: ${message}\n`);
  process.exit(2);
}

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR) refuse([`Node ${NODE_MAJOR} or later is needed, this is ${process.versions.node}; start with \`npm start\`, which brings its own`]);

const root = fileURLToPath(new URL('..', import.meta.url));
const launcher = import.meta.url.endsWith('.ts') ? 'bin/launcher.ts' : 'dist/launcher.mjs';
const { config, faults } = readEmbeddedConfig(process.env);
const files = await readNamedFiles(config);
if (faults.length + files.faults.length > 0) refuse([...faults, ...files.faults]);

const telemetry = lineTelemetry({ write: standardWriter(process.stdout), format: config.logFormat, level: config.logLevel, now: () => new Date() });

// From here on a signal is a wish to stop, which a server that is still starting keeps until it can close what it opened.
const started = Promise.withResolvers<EmbeddedServer>();
let stopping = false;
const stop = (signal: string) => {
  if (stopping) process.exit(1);
  stopping = true;
  telemetry.log('info', 'stopping', { signal });
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
  started.promise
    .then((server) => server.stop())
    .then(
      () => {
        telemetry.log('info', 'stopped');
        process.exit(0);
      },
      () => process.exit(1),
    );
};
process.on('SIGTERM', () => stop('SIGTERM'));
process.on('SIGINT', () => stop('SIGINT'));

try {
  const server = await startEmbedded({ config, tls: files.tls, root, launcherCommand: [process.execPath, '--no-warnings', `${root}${launcher}`], environment: process.env, telemetry });
  started.resolve(server);
  telemetry.log('info', 'ready', { url: server.url, mqtt: server.mqtt, dataFolder: config.dataFolder });
  if (server.initialPasswordFile !== null && process.stdout.isTTY) process.stdout.write(`First administrator: user admin, password in ${server.initialPasswordFile}\n`);
} catch (error) {
  if ((error as { exitCode?: unknown }).exitCode === 2) refuse([(error as Error).message]);
  telemetry.log('error', 'the server could not start', { error });
  process.exit(1);
}
