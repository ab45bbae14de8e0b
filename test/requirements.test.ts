import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'expect';
import { ENGINES, openTestDatabase } from './support/database.ts';
import { skip as engineMissing } from './policy-engine/engine.ts';
import { motoServer } from './support/moto.ts';
import { namespaces } from './support/namespaces.ts';
import { cfnLint, needsCfnLint, needsMoto, needsNamespaces, needsPostgres, needsTerraform, onPath } from './support/requirements.ts';

const fileOf = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const scripts = () => (JSON.parse(fileOf('../package.json')) as { readonly scripts: Readonly<Record<string, string>> }).scripts;

// What is missing here is missing from the suites that ask for it; these name it once, loudly.
describe('this machine', () => {
  it('has Terraform, for the journeys and the launcher', needsTerraform, () => {
    expect(onPath('terraform')).toBeDefined();
  });

  it('lets a process have mounts of its own, so that functions of the local cloud find their layers', needsNamespaces, () => {
    expect(namespaces()).toBe(true);
  });

  it('has PostgreSQL, so that every store is tested on it as well', needsPostgres, () => {
    expect(ENGINES).toContain('pg');
  });

  it('has the Data API over PostgreSQL, on which the continuous integration runs every suite that loops over the engines', needsPostgres, async () => {
    expect(scripts()['test:data-api']).toMatch(/^WINDLASS_TEST_ENGINES=data-api node .* \$\(grep .* '\^for \(const engine of ENGINES\)' test/);
    // By npm, which knows the project's own Node: the one of the machine may be older.
    expect(fileOf('../.ci/run')).toMatch(/^ *NODE_OPTIONS=\$REPORTERS npm run -s test:data-api$/m);
    expect(fileOf('../.ci/run')).toMatch(/^step .* test_stores_on_data_api$/m);
    expect(fileOf('../.ci/run')).not.toMatch(/^[^#]*\bnode -/m);
    const database = await openTestDatabase('data-api');
    try {
      expect(await database.kysely.selectFrom('stacks').select('id').execute()).toEqual([]);
    } finally {
      await database.close();
    }
  });

  it('runs every journey that is written for both platforms on the local cloud as well', () => {
    const [, named = ''] = /test\/journeys\/\{([^}]+)\}\.test\.ts/.exec(scripts()['test:cloud'] ?? '') ?? [];
    const written = readdirSync(new URL('./journeys', import.meta.url)).filter((name) => /\bof PLATFORMS\b/.test(fileOf(`./journeys/${name}`)));
    expect(named.split(',').toSorted()).toEqual(written.map((name) => name.replace('.test.ts', '')).toSorted());
    expect(written.length).toBeGreaterThan(10);
  });

  it('has Go, or a policy engine that was built before', engineMissing === false ? {} : { skip: engineMissing }, () => {
    expect(engineMissing).toBe(false);
  });

  it('has cfn-lint, for the templates', needsCfnLint, () => {
    expect(cfnLint()).toBeDefined();
  });

  it('has moto, for what talks to AWS', needsMoto, () => {
    expect(motoServer()).toBeDefined();
  });

  it('has git', () => {
    expect(onPath('git')).toBeDefined();
  });
});
