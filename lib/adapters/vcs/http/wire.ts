import { isBranchName } from '../git-names.ts';

/** What a server says that it can do. */
export interface Abilities {
  readonly version: 1 | 2;
  readonly filter: boolean;
  readonly shallow: boolean;
}

export interface Advertisement extends Abilities {
  /** With version 1, which tells them unasked. */
  readonly heads: ReadonlyMap<string, string> | undefined;
}

export interface Want {
  readonly hashes: readonly string[];
  /** Commits from each of them backwards; without it all. */
  readonly depth?: number;
  readonly filter?: 'blob:none' | 'tree:0';
}

/** The answer is no git server's. */
export class NotGit extends Error {
  override name = 'NotGit';
}

/** Names of SHA-256, which nothing here can hold. */
export class OtherHashes extends Error {
  override name = 'OtherHashes';
}

/** The server's own words on why it does not serve what was asked. */
export class ServerRefuses extends Error {
  override name = 'ServerRefuses';
}

const FLUSH = '0000';
const DELIMITER = '0001';
const AGENT = 'agent=git/windlass';

const line = (text: string): string => `${(Buffer.byteLength(text) + 5).toString(16).padStart(4, '0')}${text}\n`;

/** The lines of an answer; those that only divide it are left out. */
function* lines(answer: Buffer): Generator<Buffer> {
  for (let at = 0; at < answer.length; ) {
    const head = answer.toString('latin1', at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(head)) throw new NotGit('the answer is not of the git protocol');
    const length = Number.parseInt(head, 16);
    if (length > 4) {
      if (at + length > answer.length) throw new NotGit('the answer ends too early');
      yield answer.subarray(at + 4, at + length);
    }
    at += Math.max(4, length);
  }
}
const textOf = (bytes: Buffer): string => bytes.toString().replace(/\n$/, '');

/** Reads what a server says first. */
export function readAdvertisement(answer: Buffer): Advertisement {
  const said = [...lines(answer)].map(textOf).filter((text) => !text.startsWith('# service='));
  const refusal = said.find((text) => text.startsWith('ERR '));
  if (refusal !== undefined) throw new ServerRefuses(refusal.slice(4));
  const version2 = said[0] === 'version 2';
  const words = version2 ? said.flatMap((text) => text.replace(/^fetch=/, '').split(' ')) : (said[0]?.split('\0')[1] ?? '').split(' ');
  if (said.length > 0 && words.length <= 1) throw new NotGit('the answer is not of the git protocol');
  if (words.some((word) => word.startsWith('object-format=') && word !== 'object-format=sha1')) throw new OtherHashes();
  const abilities = { filter: words.includes('filter'), shallow: words.includes('shallow') } as const;
  return version2 ? { version: 2, ...abilities, heads: undefined } : { version: 1, ...abilities, heads: headsOf(said.map((text) => text.split('\0')[0] ?? '')) };
}

const headsOf = (refs: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    refs.flatMap((ref) => {
      const [, hash = '', name = ''] = /^([0-9a-f]{40}) refs\/heads\/(.+)$/.exec(ref) ?? [];
      return isBranchName(name) ? [[name, hash] as const] : [];
    }),
  );

export const headsRequest = (): string => [line('command=ls-refs'), line(AGENT), line('object-format=sha1'), DELIMITER, line('ref-prefix refs/heads/'), FLUSH].join('');

export function readHeads(answer: Buffer): ReadonlyMap<string, string> {
  const said = [...lines(answer)].map(textOf);
  const refusal = said.find((text) => text.startsWith('ERR '));
  if (refusal !== undefined) throw new ServerRefuses(refusal.slice(4));
  return headsOf(said);
}

/** Asks for a pack; what the server cannot leave out, it sends. */
export function fetchRequest({ version, filter, shallow }: Abilities, want: Want): string {
  const limits = [
    ...(want.depth !== undefined && shallow ? [line(`deepen ${want.depth}`)] : []),
    ...(want.filter !== undefined && filter ? [line(`filter ${want.filter}`)] : []),
  ];
  const wants = want.hashes.map((hash) => `want ${hash}`);
  if (version === 2)
    return [line('command=fetch'), line(AGENT), line('object-format=sha1'), DELIMITER, line('ofs-delta'), line('no-progress'), ...wants.map(line), ...limits, line('done'), FLUSH].join('');
  const abilities = ['side-band-64k', 'ofs-delta', 'no-progress', ...(shallow ? ['shallow'] : []), ...(filter ? ['filter'] : []), AGENT].join(' ');
  return [...wants.map((text, index) => line(index === 0 ? `${text} ${abilities}` : text)), ...limits, FLUSH, line('done')].join('');
}

const PACK_BAND = 1;
const ERROR_BAND = 3;

/** The pack in an answer to a fetch, of either version. */
export function readPack(answer: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (const said of lines(answer)) {
    if (said[0] === PACK_BAND) parts.push(said.subarray(1));
    else if (said[0] === ERROR_BAND) throw new ServerRefuses(textOf(said.subarray(1)));
    else if (said.toString('latin1', 0, 4) === 'ERR ') throw new ServerRefuses(textOf(said).slice(4));
  }
  return Buffer.concat(parts);
}
