import { describe, it } from 'node:test';
import { expect } from 'expect';
import { writeJson } from '../../lib/protocol/json-value.ts';
import { parseJson } from '../../lib/protocol/json-walk.ts';
import { indexSuffix, moduleOf, parentModule, providerSource } from '../../lib/protocol/resource-address.ts';
import { joinMarks, marksOfPaths, sanitized, sanitizeValue, type SanitizeMode } from '../../lib/protocol/sanitize.ts';
import { toOutput } from '../../lib/protocol/state-resources.ts';

const hide = (mode: SanitizeMode, value: string, mark?: string) => writeJson(sanitizeValue(mode, parseJson(value), mark === undefined ? undefined : parseJson(mark)));

describe('sanitizing', () => {
  it('stands for a value by the last eight hexadecimal characters of its SHA-256', () => {
    expect(sanitized('mysql')).toBe('eae35047');
  });

  it('hides by default every string and nothing else', () => {
    expect(hide('default', '{"mysql":["mysql",{"a":"mysql"}],"n":12345678901234567891,"t":true,"z":null}')).toBe('{"mysql":["eae35047",{"a":"eae35047"}],"n":12345678901234567891,"t":true,"z":null}');
  });

  it('hides by smart sanitization exactly what is marked', () => {
    expect(hide('smart', '{"a":"mysql","b":"mysql","c":["x","mysql"]}', '{"a":true,"c":[false,true]}')).toBe('{"a":"eae35047","b":"mysql","c":["x","eae35047"]}');
    expect(hide('smart', '{"a":"mysql"}', 'false')).toBe('{"a":"mysql"}');
  });

  it('hides a marked number, map or list as one hash of its text', () => {
    expect(hide('smart', '{"a":12345678901234567891,"b":{"secret name":1},"c":null}', '{"a":true,"b":true,"c":true}')).toBe(`{"a":"${sanitized('12345678901234567891')}","b":"${sanitized('{"secret name":1}')}","c":null}`);
  });

  it('hides all strings when there are no marks, or marks of another shape', () => {
    expect(hide('smart', '{"a":"mysql"}')).toBe('{"a":"eae35047"}');
    expect(hide('smart', '{"a":{"value":{"b":"mysql"},"type":"mysql"}}', '{"a":{"b":true}}')).toBe('{"a":{"value":{"b":"eae35047"},"type":"eae35047"}}');
    expect(hide('smart', '["mysql","mysql"]', '[true]')).toBe('["eae35047","eae35047"]');
    expect(hide('smart', '"mysql"', '{"a":true}')).toBe('"eae35047"');
  });

  it('changes nothing when it is off', () => {
    expect(hide('off', '{"a":"mysql"}', 'true')).toBe('{"a":"mysql"}');
  });

  it('reads marks from the attribute paths of a state', () => {
    const paths = parseJson('[[{"type":"get_attr","value":"a"},{"type":"index","value":{"value":1,"type":"number"}},{"type":"get_attr","value":"b"}],[{"type":"get_attr","value":"c"},{"type":"index","value":{"value":"k","type":"string"}}]]');

    expect(writeJson(marksOfPaths(paths))).toBe('{"a":[false,{"b":true}],"c":{"k":true}}');
    expect(writeJson(marksOfPaths(parseJson('[]')))).toBe('false');
  });

  it('hides what is known to be secret though nothing marks it, in values and in names of members', () => {
    const holdsSecret = (text: string) => text.includes('hush-hush');
    const value = parseJson('{"a":"say hush-hush","hush-hush":[1,"open"],"c":"open"}');

    expect(writeJson(sanitizeValue('smart', value, false, holdsSecret))).toBe(`{"a":"${sanitized('say hush-hush')}","${sanitized('hush-hush')}":[1,"open"],"c":"open"}`);
    expect(writeJson(sanitizeValue('off', value, undefined, holdsSecret))).toContain('say hush-hush');
    expect(toOutput('o', 'say hush-hush', false, false, holdsSecret)).toMatchObject({ sensitive: true, value: null });
    expect(toOutput('o', 'open', false, false, holdsSecret)).toMatchObject({ sensitive: false, value: '"open"' });
  });

  it('joins two trees of marks, and covers the whole where they do not fit', () => {
    expect(writeJson(joinMarks(parseJson('{"a":[true,false]}'), parseJson('{"a":[false,true],"b":true}')))).toBe('{"a":[true,true],"b":true}');
    expect(joinMarks(parseJson('{"a":true}'), parseJson('[true]'))).toBe(true);
    expect(writeJson(joinMarks(false, parseJson('{"a":true}')))).toBe('{"a":true}');
    expect(writeJson(joinMarks(parseJson('{"a":true}'), undefined))).toBe('{"a":true}');
  });
});

describe('addresses of resources', () => {
  it('quotes instance keys as the tool does', () => {
    expect(indexSuffix(parseJson('0'))).toBe('[0]');
    expect(indexSuffix('q"u\\o${t}%{e}\n')).toBe('["q\\"u\\\\o$${t}%%{e}\\n"]');
    expect(indexSuffix('nul \u0000, joiner \u200d, private \u{f0000}, ünï 😀')).toBe('["nul \\u0000, joiner \\u200d, private \\U000f0000, ünï 😀"]');
    expect(indexSuffix(undefined)).toBe('');
  });

  it('finds the module of an address, whatever its keys hold', () => {
    expect(moduleOf('aws_s3_bucket.a')).toBe('');
    expect(moduleOf('module.a.aws_s3_bucket.b["module.x.y"]')).toBe('module.a');
    expect(moduleOf('module.a["x.y\\"]"].module.b[0].data.aws_ami.c')).toBe('module.a["x.y\\"]"].module.b[0]');
    expect(parentModule('module.a["x.y\\"]"].module.b[0]')).toBe('module.a["x.y\\"]"]');
    expect(parentModule('module.a[0]')).toBe('');
  });

  it('names a provider by its source', () => {
    expect(providerSource('provider["registry.terraform.io/hashicorp/aws"].west')).toBe('registry.terraform.io/hashicorp/aws');
    expect(providerSource('module.m.provider["terraform.io/builtin/terraform"]')).toBe('terraform.io/builtin/terraform');
    expect(providerSource('module.m.provider.aws.west')).toBe('aws');
  });
});
