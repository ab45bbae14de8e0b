/** The worker program: runs what the server hands out, configured by environment variables. */
import { fileURLToPath } from 'node:url';
import { builtEngine } from '../lib/policy-engine/binary.ts';
import { Agent } from '../lib/launcher/agent.ts';
import { boolean, ConfigError, readConfig } from '../lib/launcher/config.ts';
import { jsonLog } from '../lib/launcher/log.ts';
import { standardWriter } from '../lib/process/standard-stream.ts';
import { EXIT } from '../lib/protocol/exit-codes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const toStandardOutput = standardWriter(process.stdout);
const log = jsonLog(standardWriter(process.stderr), { debug: boolean(process.env.SPACELIFT_DEBUG, false) });

async function main(): Promise<number> {
  const config = readConfig(process.env);
  const policyEngine = config.initializationPolicy === null ? undefined : process.env.WINDLASS_POLICY_ENGINE || (await builtEngine(root));
  const agent = new Agent(config, { log, standardOutput: (line) => toStandardOutput(`${line}\n`), policyEngine });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => agent.drain('signal'));
  return agent.run();
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof ConfigError) {
    for (const fault of error.faults) log.error(fault);
    process.exitCode = EXIT.configuration;
  } else {
    log.error('the launcher crashed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.exitCode = EXIT.crash;
  }
}
// Whatever still holds the process, such as a connection that will not close, is not waited for.
setTimeout(() => process.exit(), 1000).unref();
