import { describe, it } from 'node:test';
import { expect } from 'expect';
import { parse, validate, validateSchema } from 'graphql';
import { executableSchema } from '../../../lib/edge/graphql/schema.ts';
import { readableText } from '../../../lib/edge/graphql/request-text.ts';
import { ACTION_NAMES } from '../../../lib/edge/graphql/resolvers/access.ts';
import { CLIENTS, documentOf, missingFor, operationsOf } from '../../support/clients/facts.ts';

const schema = executableSchema({ validate: true });

/** What the public command line asks in the commands that work. */
const WORKING = [
  'version', 'session check', 'key exchange', 'whoami', 'stack list', 'stack search', 'stack by id', 'stack by id, short', 'stack by run', 'stack by run, short', 'stack show', 'stack show, basic',
  'stack lock', 'stack unlock', 'stack delete', 'stack sync', 'stack set current commit', 'stack dependencies', 'stack outputs', 'stack resources', 'stack resources, all', 'state pull',
  'environment list', 'environment setvar', 'environment mount', 'environment delete', 'workspace upload', 'workspace upload, plain', 'local preview', 'task', 'task list', 'task list, full',
  'run trigger', 'run trigger, no force', 'run trigger, short', 'run confirm', 'run discard', 'run cancel', 'run stop', 'run retry', 'run review', 'run replan', 'run promote', 'run prioritize',
  'runExternalDependencyMarkAsCompleted',
  'run changes', 'run history', 'run logs', 'run, full', 'latest run', 'run list, tracked', 'run list, tracked, full', 'run list, preview', 'run list, preview, full',
  'worker pool', 'worker pool list', 'worker pool search', 'worker pool cycle', 'worker list', 'worker drain', 'worker state',
];

describe('the schema', () => {
  it('is valid, with a resolver for no field that it lacks', () => {
    expect(validateSchema(schema)).toEqual([]);
  });

  it('names a value for every action that a role can hold', () => {
    const values = (schema.getType('Action') as { getValues?: () => readonly { name: string }[] }).getValues?.().map(({ name }) => name) ?? [];

    expect(values).toEqual(expect.arrayContaining([...ACTION_NAMES]));
  });

  for (const name of WORKING) {
    it(`answers spacectl's "${name}"`, async () => {
      const operation = (await operationsOf('spacectl')).find((candidate) => candidate.name === name);
      if (operation === undefined) throw new Error(`no operation "${name}"`);

      expect(missingFor(schema, operation)).toEqual([]);
      expect(validate(schema, parse(readableText(documentOf(operation)) ?? '')).map(({ message }) => message)).toEqual([]);
    });
  }

  for (const client of CLIENTS) {
    it(`fits whatever it has in common with ${client}: an operation with nothing missing is valid`, async () => {
      for (const operation of await operationsOf(client)) {
        if (missingFor(schema, operation).length > 0) continue;
        const errors = validate(schema, parse(readableText(documentOf(operation)) ?? '')).map(({ message }) => message);
        expect({ operation: operation.name, errors }).toEqual({ operation: operation.name, errors: [] });
      }
    });
  }
});

describe('what is missing for a client', () => {
  it('is told by field, argument, variant and input type', () => {
    const operation = {
      name: 'all of it', kind: 'query', variables: { id: 'ID!', how: 'HowInput!' }, arguments: { stack: { id: '$id', how: '$how' } },
      selects: ['stack.id', 'stack.colour.name', 'stack.vendorConfig[StackConfigVendorBash].script', 'stack.vendorConfig[StackConfigVendorTerraform].version', 'garden.id'],
    } as const;

    expect(missingFor(schema, operation)).toEqual(['input HowInput', 'Query.stack(how)', 'Stack.colour', 'StackConfigVendor as StackConfigVendorBash', 'Query.garden']);
  });
});
