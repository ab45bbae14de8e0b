import { describe, it } from 'node:test';
import { expect } from 'expect';
import { stepEnvironment, type EnvironmentInput } from '../../lib/launcher/environment.ts';
import { interpolate } from '../../lib/launcher/interpolate.ts';

const expand = (values: Record<string, string>) => Object.fromEntries(interpolate(new Map(Object.entries(values))));

describe('references between variables', () => {
  it('are replaced by values that were replaced themselves', () => {
    expect(expand({ URL: 'pg://${HOST}/x', HOST: '${NAME}.example', NAME: 'db' })).toEqual({ URL: 'pg://db.example/x', HOST: 'db.example', NAME: 'db' });
  });

  it('become nothing when undefined, and stay when escaped', () => {
    expect(expand({ A: '<${NOPE}>', B: '$${A} $A ${1}' })).toEqual({ A: '<>', B: '${A} $A ${1}' });
  });

  it('stay as written in a circle', () => {
    expect(expand({ A: 'a${B}', B: 'b${A}', C: 'c${A}' })).toEqual({ A: 'a${B}', B: 'b${A}', C: 'ca${B}' });
  });

  it('are not looked for in what was put in', () => {
    expect(expand({ A: '${B}', B: '$${C}', C: 'no' })).toMatchObject({ A: '${C}' });
  });

  it('to the own name mean the value that is hidden', () => {
    expect(Object.fromEntries(interpolate(new Map([['PATH', '/opt/bin:${PATH}']]), () => '/usr/bin'))).toEqual({ PATH: '/opt/bin:/usr/bin' });
  });
});

describe('the environment of a step', () => {
  const input = (changes: Partial<EnvironmentInput>): EnvironmentInput => ({ launcher: { PATH: '/usr/bin', SECRET_OF_HOST: 'x' }, whitelist: [], variables: [], stage: 'read', runFolder: '/runs/R', defaults: {}, exported: {}, forced: {}, ...changes });
  const variable = (name: string, value: string) => ({ name, value, secret: false });

  it('holds nothing of the launcher but what is passed on', () => {
    expect(stepEnvironment(input({}))).toEqual({ PATH: '/usr/bin', HOME: '/runs/R/home' });
  });

  it('shows a read stage ro_ variables, a write stage wo_ ones, and both the others', () => {
    const variables = [variable('KEY', 'plain'), variable('ro_KEY', 'read'), variable('wo_KEY', 'write'), variable('wo_ONLY', '1')];
    expect(stepEnvironment(input({ variables }))).toMatchObject({ KEY: 'read' });
    expect(stepEnvironment(input({ variables }))).not.toHaveProperty('ONLY');
    expect(stepEnvironment(input({ variables, stage: 'write' }))).toMatchObject({ KEY: 'write', ONLY: '1' });
  });

  it('takes whitelisted variables, and lets those of the run win', () => {
    const launcher = { PATH: '/usr/bin', A: 'host', B: 'host', ro_C: 'host-ro', C: 'host' };
    const whitelist = [{ name: 'A', sources: ['A'], stage: 'all' }, { name: 'B', sources: ['B'], stage: 'all' }, { name: 'C', sources: ['ro_C', 'C'], stage: 'read' }] as const;
    expect(stepEnvironment(input({ launcher, whitelist, variables: [variable('B', 'run')] }))).toMatchObject({ A: 'host', B: 'run', C: 'host-ro' });
    expect(stepEnvironment(input({ launcher, whitelist, stage: 'write' }))).not.toHaveProperty('C');
  });

  it('puts the run folder in the place of /mnt/workspace, as a whole path only', () => {
    const variables = [variable('A', '/mnt/workspace/x:/mnt/workspace'), variable('B', '/mnt/workspace2'), variable('C', 'a/mnt/workspace'), variable('D', '-chdir=/mnt/workspace/y')];
    expect(stepEnvironment(input({ variables }))).toMatchObject({ A: '/runs/R/x:/runs/R', B: '/mnt/workspace2', C: 'a/mnt/workspace', D: '-chdir=/runs/R/y' });
  });

  it('lets exports of earlier phases win over variables, and forced ones over all', () => {
    const env = stepEnvironment(input({ variables: [variable('A', 'variable'), variable('F', 'variable')], defaults: { A: 'default', D: 'default' }, exported: { A: 'export', F: 'export' }, forced: { F: 'forced' } }));
    expect(env).toMatchObject({ A: 'export', D: 'default', F: 'forced' });
  });
});
