import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { SecretSet, StreamMasker } from '../../lib/launcher/mask.ts';
import { OutputPipe } from '../../lib/launcher/output-pipe.ts';

function setOf(...values: string[]): SecretSet {
  const secrets = new SecretSet();
  for (const value of values) secrets.add(value);
  return secrets;
}

/** What comes out of a stream that gets these pieces. */
function masked(secrets: SecretSet, pieces: readonly string[]): string {
  const masker = new StreamMasker(secrets);
  return Buffer.concat([...pieces.map((piece) => masker.push(Buffer.from(piece))), masker.end()]).toString();
}

/** The lines that a process's output makes in the log. */
function linesOf(secrets: SecretSet, pieces: readonly (string | Buffer)[], wellKnown = false): string[] {
  const lines: string[] = [];
  const pipe = new OutputPipe({ secrets, wellKnown, onLine: (line) => lines.push(line) });
  for (const piece of pieces) pipe.write(Buffer.from(piece));
  pipe.end();
  return lines;
}

describe('masking a stream', () => {
  it('hides a secret wherever it is cut', () => {
    const text = 'before hunter2-secret after';
    for (let cut = 1; cut < text.length; cut++) {
      expect(masked(setOf('hunter2-secret'), [text.slice(0, cut), text.slice(cut)])).toBe('before ***** after');
    }
    expect(masked(setOf('hunter2-secret'), [...text])).toBe('before ***** after');
  });

  it('lets through what only looked like the start of a secret', () => {
    expect(masked(setOf('hunter2-secret'), ['hunter2', '-sec', 'tion'])).toBe('hunter2-section');
    expect(masked(setOf('aab'), ['aaaa', 'ab', 'a'])).toBe('aaa*****a');
  });

  it('makes one mask of secrets that overlap, even over pieces', () => {
    const secrets = setOf('abcd', 'cdef');
    expect(masked(secrets, ['xabcdefx'])).toBe('x*****x');
    for (const cut of [1, 2, 3, 4, 5, 6, 7]) expect(masked(secrets, ['xabcdefx'.slice(0, cut), 'xabcdefx'.slice(cut)])).toBe('x*****x');
  });

  it('prefers the longer of two secrets that begin alike', () => {
    expect(masked(setOf('token', 'token-and-more'), ['a token-and-', 'more b token c'])).toBe('a ***** b ***** c');
  });

  it('holds back no more than the longest secret', () => {
    const masker = new StreamMasker(setOf('aaa'));
    const out = Array.from({ length: 1000 }, () => masker.push(Buffer.from('a')).toString()).join('') + masker.end().toString();
    expect(out).toBe('*****');
  });

  it('does not mask values shorter than three characters', () => {
    const secrets = new SecretSet();
    expect(secrets.add('ab')).toBe(false);
    expect(secrets.add('abc')).toBe(true);
    expect(masked(secrets, ['ab abc'])).toBe('ab *****');
  });

  it('hides base64 of a secret at all three alignments, in both alphabets', () => {
    const secret = 'p?ss>w0rd~~xyz';
    for (const prefix of ['', 'u', 'us', 'user:']) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const out = masked(setOf(secret), [`>${Buffer.from(`${prefix}${secret}!suffix`).toString(encoding)}<`]);
        expect(out).toContain('*****');
        const decoded = Buffer.from(out.slice(1).split('*****')[0] ?? '', 'base64').toString();
        expect(decoded.length).toBeLessThanOrEqual(prefix.length + 1);
      }
    }
  });

  it('hides what `base64` prints of a long secret over several lines', () => {
    const secret = 'x'.repeat(40) + 'correct horse battery staple' + 'y'.repeat(60);
    const wrapped = Buffer.from(secret).toString('base64').replace(/.{76}/g, '$&\n');
    expect(masked(setOf(secret), [wrapped]).replace(/[*\n]/g, '')).toBe('');
  });

  it('hides URL-encoded and JSON forms', () => {
    const secret = 'a b/c&d"e<f>';
    for (const form of [encodeURIComponent(secret), encodeURIComponent(secret).toLowerCase(), encodeURIComponent(secret).replace(/%20/g, '+'), JSON.stringify(secret), String.raw`a b/c\u0026d\"e\u003cf\u003e`]) {
      expect(masked(setOf(secret), [`x=${form};`])).toMatch(/^x="?\*{5}"?;$/);
    }
  });

  it('hides a secret of several lines as a whole and line by line', () => {
    const secret = 'first-line\nsecond-line\nok\n';
    expect(masked(setOf(secret), ['a second-line b\nok c'])).toBe('a ***** b\nok c');
    expect(masked(setOf(secret), ['first-line\nsec', 'ond-line\nok'])).toBe('*****');
    expect(masked(setOf(secret), ['first-line\r\nsecond-line\r\nok'])).toBe('*****');
    expect(masked(setOf(secret), [String.raw`"first-line\nsecond-line\nok"`])).toBe('"*****"');
  });
});

describe('the output of a process', () => {
  it('becomes lines, however it comes in', () => {
    expect(linesOf(setOf(), ['one\ntw', 'o\r\n', '\nlast'])).toEqual(['one', 'two', '', 'last']);
  });

  it('is cut at 16 KB without breaking a character', () => {
    const lines = linesOf(setOf(), [`${'é'.repeat(16_383)}😀${'x'.repeat(20_000)}\n`]);
    expect(lines.map((line) => line.length)).toEqual([16_383, 16_384, 3618]);
    expect(lines.join('')).toBe(`${'é'.repeat(16_383)}😀${'x'.repeat(20_000)}`);
  });

  it('learns words from ::add-mask and does not show the command', () => {
    expect(linesOf(setOf(), ['::add-', 'mask alpha beta\nalpha and be', 'ta and gamma\n'])).toEqual(['***** and ***** and gamma']);
  });

  it('leaves other commands and other places alone', () => {
    expect(linesOf(setOf(), ['::add-masks a\n', 'x ::add-mask alpha\n::warning b\nalpha\n'])).toEqual(['::add-masks a', 'x ::add-mask alpha', '::warning b', 'alpha']);
  });

  it('obeys a command that is the last line without an end', () => {
    const secrets = setOf();
    expect(linesOf(secrets, ['::add-mask omega'])).toEqual([]);
    expect(linesOf(secrets, ['omega\n'])).toEqual(['*****']);
  });

  it('never shows a secret that crosses lines of several writes', () => {
    expect(linesOf(setOf('one two\nthree four'), ['x one t', 'wo\nthree', ' four y\n'])).toEqual(['x ***** y']);
  });
});

describe('a set of secrets', () => {
  it('tells whether a text holds one that is too long to be there by chance, in any form', () => {
    const set = setOf('prod', 'long-enough-to-be-sure');

    expect(set.isIn('the prod network')).toBe(false);
    expect(set.isIn('x long-enough-to-be-sure y')).toBe(true);
    expect(set.isIn(Buffer.from('long-enough-to-be-sure').toString('base64'))).toBe(true);
  });

  it('tells what steps asked to be masked, for the next handover of the run', () => {
    const set = setOf('given');
    linesOf(set, ['::add-mask learned-one x\n', 'learned-one\n']);

    expect(set.learned).toEqual(['learned-one']);
  });
});

describe('well-known secrets', () => {
  const hidden = (text: string) => linesOf(setOf(), [`${text}\n`], true);

  it('are hidden by their looks', () => {
    const github = ['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((kind) => `${kind}_${'a1B2'.repeat(9)}`);
    for (const secret of [
      'AKIAIOSFODNN7EXAMPLE', ...github, `github_pat_${'a'.repeat(22)}_${'b'.repeat(59)}`, 'xoxb-1234567890-abcdefghij', 'abc8Q~' + 'x'.repeat(34),
      'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl',
    ]) expect(hidden(`a ${secret} b`)).toEqual(['a ***** b']);
    expect(hidden('AccountName=x;AccountKey=abc+/def==;EndpointSuffix=core')).toEqual(['AccountName=x;AccountKey=*****;EndpointSuffix=core']);
  });

  it('hide a private key over its lines', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
    const lines = hidden(`key: ${privateKey.trim()} end\nafter`);
    expect(lines.join('\n')).not.toMatch(/[A-Za-z0-9+/]{20}/);
    expect(lines[0]).toBe('key: *****');
    expect(lines.at(-2)).toBe('***** end');
    expect(lines.at(-1)).toBe('after');
  });

  it('leave ordinary text alone', () => {
    expect(hidden('terraform_data.box: Creation complete after 0s [id=81f5e0a2-6b47-4f3c-9d6e-3f1f7a0b6c11]')).toEqual(['terraform_data.box: Creation complete after 0s [id=81f5e0a2-6b47-4f3c-9d6e-3f1f7a0b6c11]']);
  });
});
