import { describe, it } from 'node:test';
import { expect } from 'expect';
import { normalizeRepositoryUrl, repositoryNames } from '../../../lib/core/stacks/repository-url.ts';

const LOCAL = { allowLocalRepositories: true };
const REMOTE = { allowLocalRepositories: false };

describe('the address of a repository', () => {
  it('has one spelling', () => {
    for (const url of ['https://git.example.com/acme/network.git', ' HTTPS://Git.Example.com:443/acme/network.git/ ']) {
      expect(normalizeRepositoryUrl(url, REMOTE)).toBe('https://git.example.com/acme/network.git');
    }
    expect(normalizeRepositoryUrl('https://git.example.com:8443/Acme/Network', REMOTE)).toBe('https://git.example.com:8443/Acme/Network');
  });

  it('may be http or file only on one\'s own machine', () => {
    expect(normalizeRepositoryUrl('file:///srv/git/network.git', LOCAL)).toBe('file:///srv/git/network.git');
    expect(normalizeRepositoryUrl('http://127.0.0.1:3000/network.git', LOCAL)).toBe('http://127.0.0.1:3000/network.git');
    for (const url of ['file:///srv/git/network.git', 'http://127.0.0.1/network.git']) expect(() => normalizeRepositoryUrl(url, REMOTE)).toThrow(/loopback/);
  });

  it('holds no user, no password, no query, and names a repository', () => {
    const refused = ['https://robin:hunter2@git.example.com/x.git', 'https://token@git.example.com/x.git', 'https://git.example.com/x.git?token=hunter2', 'https://git.example.com/x#main', 'https://git.example.com/', 'git@example.com:acme/x.git', 'ssh://git@example.com/x.git', 'ext::sh -c id', 'network'];
    for (const url of refused) expect(() => normalizeRepositoryUrl(url, LOCAL)).toThrow(expect.objectContaining({ code: 'INVALID', message: expect.not.stringContaining('hunter2') }));
  });

  it('names repository and owner', () => {
    expect(repositoryNames('https://git.example.com/acme/network.git')).toEqual({ namespace: 'acme', repository: 'network' });
    expect(repositoryNames('file:///network')).toEqual({ namespace: '', repository: 'network' });
  });
});
