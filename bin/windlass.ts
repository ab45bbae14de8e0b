// windlass policy …: policies without a server. windlass install | doctor | uninstall | …: an installation on AWS.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isOperatorCommand, USAGES, type OperatorCommand } from '../lib/install/usages.ts';
import { builtEngine } from '../lib/policy-engine/binary.ts';
import { contractOf, isPolicyType, type PolicyType } from '../lib/policy-engine/contracts.ts';
import type { PolicyFault } from '../lib/policy-engine/fault.ts';
import { PolicyEngineClient } from '../lib/policy-engine/policy-engine.ts';
import { runPolicyTests } from '../lib/policy-engine/policy-tests.ts';
import { answerRecord, regoVersion } from '../lib/policy-engine/records.ts';
import { type Assumed, findRegoFiles, isTestFile, readRegoFile, readTestedPolicy } from '../lib/policy-engine/rego-files.ts';

const USAGE = `usage: windlass policy eval --type plan --engine v1 policy.rego input.json
       windlass policy eval --jsonl < records.jsonl
       windlass policy test [--type plan] [--engine v1] file-or-folder ...
       windlass policy fmt-check [--engine v1] file-or-folder ...
       ${Object.values(USAGES).map((usage) => `windlass ${usage}`).join('\n       ')}`;
const MEMORY_MIB = 4_096;
const MAX_INPUT_MIB = 64;
const RECORDS_AT_ONCE = 8;

const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

class Misuse extends Error {}

const placed = (path: string, { kind, message, line, column }: PolicyFault) =>
  `${path}${line === undefined ? '' : `:${line}:${column ?? 1}`}: ${kind}: ${message}`;

/** Decision of one policy on one input. */
async function evaluate(engine: PolicyEngineClient, type: PolicyType | undefined, version: Assumed['version'], [policyPath, inputPath]: readonly string[]): Promise<boolean> {
  if (!type || !version || !policyPath || !inputPath) throw new Misuse();
  const source = await readFile(policyPath, 'utf8');
  const [[evaluation] = []] = await engine.evaluate([{ type, version, source }], [await readFile(inputPath, 'utf8')], { deadlineMs: contractOf(type).deadlineMs });
  for (const { line, text } of evaluation?.prints ?? []) complain(`${policyPath}:${line}: ${text}`);
  if (!evaluation || evaluation.error) {
    if (evaluation) complain(placed(policyPath, evaluation.error));
    return false;
  }
  for (const dropped of evaluation.malformed) complain(`${policyPath}: left out of ${dropped}`);
  say(JSON.stringify(evaluation.decision, null, 2));
  return true;
}

/** A line of answer for each line of records, in their order, with a few under way at once. */
async function evaluateRecords(engine: PolicyEngineClient): Promise<boolean> {
  const underWay: Promise<string>[] = [];
  const next = async () => say((await underWay.shift()) ?? '');
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    underWay.push(answerRecord(engine, line));
    if (underWay.length >= RECORDS_AT_ONCE) await next();
  }
  while (underWay.length > 0) await next();
  return true;
}

async function test(engine: PolicyEngineClient, assumed: Assumed, paths: readonly string[]): Promise<boolean> {
  let passed = 0;
  let failed = 0;
  for (const path of (await findRegoFiles(paths)).filter(isTestFile)) {
    const policy = await readTestedPolicy(path, assumed);
    for (const result of await runPolicyTests(engine, await readRegoFile(path, assumed), policy)) {
      if (result.passed) passed++;
      else failed++;
      say(`${result.passed ? 'PASS' : result.error ? 'ERROR' : 'FAIL'}  ${path}  ${result.name}`);
      if (result.error) say(`  ${placed(policy?.path ?? path, result.error)}`);
      if (!result.passed) for (const text of result.prints) say(`  ${text}`);
    }
  }
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0;
}

/** Names the files that OPA's formatter would write in another way. */
async function checkFormat(engine: PolicyEngineClient, assumed: Assumed, paths: readonly string[]): Promise<boolean> {
  let clean = true;
  for (const path of await findRegoFiles(paths)) {
    const file = await readRegoFile(path, assumed);
    const { text, errors } = await engine.format(file.source, file.version);
    if (errors.length === 0 && text === file.source) continue;
    clean = false;
    for (const fault of errors) complain(placed(path, fault));
    if (errors.length === 0) say(path);
  }
  return clean;
}

async function run(argv: readonly string[]): Promise<boolean> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { type: { type: 'string' }, engine: { type: 'string' }, jsonl: { type: 'boolean', default: false } },
  });
  const [noun, verb, ...paths] = positionals;
  const type = values.type?.toUpperCase().replaceAll('-', '_');
  const version = regoVersion(values.engine);
  if (noun !== 'policy' || (type !== undefined && !isPolicyType(type)) || (values.engine !== undefined && !version)) throw new Misuse();

  const command = await builtEngine(root);
  if (!command) {
    complain('windlass: the policy engine is not built; `npm run build:engine` builds it');
    return false;
  }
  const engine = new PolicyEngineClient({ command, memoryMib: MEMORY_MIB, maxInputMib: MAX_INPUT_MIB });
  try {
    switch (verb) {
      case 'eval':
        return values.jsonl ? await evaluateRecords(engine) : await evaluate(engine, type, version, paths);
      case 'test':
        if (paths.length > 0) return await test(engine, { type, version }, paths);
        break;
      case 'fmt-check':
        if (paths.length > 0) return await checkFormat(engine, { version }, paths);
    }
    throw new Misuse();
  } finally {
    await engine.close();
  }
}

/** The clients of AWS are loaded for whoever needs them. */
async function operate(command: OperatorCommand, args: readonly string[]): Promise<number> {
  const [{ runOperatorCommand }, { terminalContext }] = await Promise.all([import('../lib/install/command-line.ts'), import('../lib/install/terminal.ts')]);
  return runOperatorCommand((flags) => terminalContext(root, flags), command, args);
}

const argv = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));

try {
  const [command, ...rest] = argv;
  process.exitCode = isOperatorCommand(command) ? await operate(command, rest) : (await run(argv)) ? 0 : 1;
} catch (error) {
  complain(error instanceof Misuse ? USAGE : `windlass: ${error instanceof Error ? error.message : 'failed'}`);
  process.exitCode = 2;
}
