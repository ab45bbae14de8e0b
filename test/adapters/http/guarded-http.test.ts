import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { isOpen, NOTHING_ADMITTED, readRange, type Admitted } from '../../../lib/adapters/http/addresses.ts';
import { guardedHttp } from '../../../lib/adapters/http/guarded-http.ts';
import { readProxy } from '../../../lib/adapters/http/proxy.ts';
import type { HttpCall, HttpOutcome } from '../../../lib/core/ports/http-sender.ts';
import { serverCertificate } from '../../support/server-certificate.ts';

const call = (url: string, changes: Partial<HttpCall> = {}): HttpCall => ({ method: 'POST', url, headers: {}, body: '{}', deadlineMs: 3_000, maxAnswerBytes: 1_024, ...changes });
const ranges = (...texts: readonly string[]): Admitted => ({ hosts: [], ranges: texts.flatMap((text) => { const range = readRange(text); return range === undefined ? [] : [range]; }) });
const loopback = ranges('127.0.0.0/8');

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

describe('sending to addresses that users choose', () => {
  const closed: (() => void)[] = [];
  let port: number;
  let calls: string[] = [];
  let answer: RequestListener = (_, response) => void response.end('ok');

  before(async () => {
    const server = createServer((request, response) => {
      calls.push(`${request.method} ${request.headers.host}${request.url}`);
      answer(request, response);
    });
    port = await listen(server);
    closed.push(() => (server.closeAllConnections(), server.close()));
  });
  after(() => closed.forEach((close) => close()));

  const refused = async (url: string, sender = guardedHttp()): Promise<HttpOutcome> => {
    calls = [];
    const outcome = await sender.send(call(url));
    expect(calls).toEqual([]);
    return outcome;
  };

  const CLOSED = [
    '127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001', 'localhost', 'sub.localhost', 'localhost.', '0.0.0.0', '0', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]',
    '169.254.169.254', '2852039166', '[::ffff:169.254.169.254]', '[fd00:ec2::254]', 'metadata.google.internal', '10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', '[fe80::1]', '[fc00::1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]',
    '224.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1', '240.0.0.1', '１２７.0.0.1', '127。0。0。1',
  ];
  for (const host of CLOSED) {
    it(`refuses ${host}`, async () => {
      expect(await refused(`https://${host}:${port}/`)).toMatchObject({ fault: 'refused' });
      expect(guardedHttp().refusal(`https://${host}/`)).toBeDefined();
    });
  }

  it('refuses other schemes, and a user name in the URL', async () => {
    for (const url of ['ftp://hooks.example.com', 'file:///etc/passwd', 'https://kim:secret@hooks.example.com', 'no url']) expect(await refused(url)).toMatchObject({ fault: 'refused' });
    expect(JSON.stringify(await refused('https://kim:secret@127.0.0.1/'))).not.toContain('secret');
  });

  it('refuses a name when any of its addresses is closed', async () => {
    const sender = guardedHttp({ resolve: async () => ['93.184.216.34', '10.0.0.1'] });
    expect(await refused('https://hooks.example.com/', sender)).toEqual({ fault: 'refused', message: 'nothing is sent to hooks.example.com: its address is not a public one' });
  });

  it('takes only https, but where the operator admitted the host', async () => {
    expect(await refused('http://hooks.example.com/', guardedHttp({ resolve: async () => ['93.184.216.34'] }))).toMatchObject({ fault: 'refused', message: expect.stringContaining('https') });
    const sender = guardedHttp({ admitted: { hosts: ['hooks.internal'], ranges: [] }, resolve: async () => ['127.0.0.1'] });
    expect(await sender.send(call(`http://hooks.internal:${port}/`))).toMatchObject({ status: 200 });
  });

  it('reaches private ranges that the operator admits, and never the metadata of the machine', async () => {
    expect(await guardedHttp({ admitted: loopback }).send(call(`http://127.0.0.1:${port}/hook`))).toMatchObject({ status: 200, cut: false });
    const all = ranges('0.0.0.0/0', '::/0');
    for (const host of ['169.254.169.254', '[::ffff:169.254.169.254]', '[fd00:ec2::254]', '169.254.170.2', 'metadata.google.internal']) {
      expect(await refused(`https://${host}/`, guardedHttp({ admitted: all }))).toMatchObject({ fault: 'refused' });
    }
    expect(isOpen('8.8.8.8', NOTHING_ADMITTED)).toBe(true);
    expect(isOpen('2606:4700::1111', NOTHING_ADMITTED)).toBe(true);
  });

  it('connects to the address it judged, under the name, though the name answers otherwise the next time', async () => {
    const answers = ['127.0.0.1', '10.0.0.1', '10.0.0.1'];
    let asked = 0;
    const sender = guardedHttp({ admitted: loopback, resolve: async () => [answers[asked++] ?? ''] });
    calls = [];
    expect(await sender.send(call(`http://rebinding.example.com:${port}/a`))).toMatchObject({ status: 200 });
    expect(calls).toEqual([`POST rebinding.example.com:${port}/a`]);
    expect(asked).toBe(1);
    expect(await refused(`http://rebinding.example.com:${port}/a`, sender)).toMatchObject({ fault: 'refused' });
  });

  it('asks for the certificate of the name, not of the address', async () => {
    const { cert, key } = await serverCertificate('hooks.example.com');
    const server = createTlsServer({ cert, key }, (request, response) => void response.end(`${(request.socket as unknown as { servername: string }).servername}`));
    const tlsPort = await listen(server);
    closed.push(() => (server.closeAllConnections(), server.close()));
    const sender = guardedHttp({ admitted: loopback, resolve: async () => ['127.0.0.1'], ca: cert });

    const outcome = await sender.send(call(`https://hooks.example.com:${tlsPort}/`));
    expect(outcome).toMatchObject({ status: 200 });
    expect('body' in outcome && outcome.body.toString()).toBe('hooks.example.com');
    expect(await sender.send(call(`https://other.example.com:${tlsPort}/`))).toMatchObject({ fault: 'network', message: expect.stringContaining('CERT') });
  });

  it('follows no redirect, so that none leads into the private network', async () => {
    answer = (request, response) => void response.writeHead(request.url === '/start' ? 307 : 200, { location: `http://127.0.0.1:${port}/inside` }).end();
    calls = [];
    expect(await guardedHttp({ admitted: loopback }).send(call(`http://127.0.0.1:${port}/start`))).toMatchObject({ status: 307 });
    expect(calls).toEqual([`POST 127.0.0.1:${port}/start`]);
  });

  it('reads the beginning of an endless answer and hangs up', async () => {
    let hungUp = false;
    answer = (_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
      response.on('close', () => ((hungUp = true), clearInterval(timer)));
    };
    const outcome = await guardedHttp({ admitted: loopback }).send(call(`http://127.0.0.1:${port}/`));
    expect(outcome).toMatchObject({ status: 200, cut: true });
    expect('body' in outcome && outcome.body.length).toBe(1_024);
    while (!hungUp) await new Promise((done) => setImmediate(done));
  });

  it('gives up at the deadline, whether the answer never begins or never ends', async () => {
    for (const begin of [false, true]) {
      answer = (_, response) => void (begin && response.write('a'));
      expect(await guardedHttp({ admitted: loopback }).send(call(`http://127.0.0.1:${port}/`, { deadlineMs: 150 }))).toEqual({ fault: 'network', message: 'no answer within 0.15 s' });
    }
    const slow = guardedHttp({ resolve: () => new Promise(() => {}) });
    expect(await slow.send(call('https://hooks.example.com/', { deadlineMs: 50 }))).toMatchObject({ fault: 'network' });
  });

  it('says that nobody listens', async () => {
    const server = createServer();
    const free = await listen(server);
    await new Promise((done) => server.close(done));
    expect(await guardedHttp({ admitted: loopback }).send(call(`http://127.0.0.1:${free}/`))).toMatchObject({ fault: 'network', message: expect.stringContaining('ECONNREFUSED') });
  });

  describe('behind a proxy', () => {
    const asked: string[] = [];
    let proxy: string;
    let target: number;
    let ca: string;

    before(async () => {
      const { cert, key } = await serverCertificate('hooks.example.com');
      ca = cert;
      const tls = createTlsServer({ cert, key }, (request, response) => void response.end(`through to ${request.headers.host}`));
      target = await listen(tls);
      const server = createServer();
      // Names are the proxy's business: it finds all of them on this machine.
      server.on('connect', (request, socket: Socket) => {
        asked.push(request.url ?? '');
        const through = connect(target, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          through.pipe(socket).pipe(through);
        });
        through.on('error', () => socket.destroy());
        socket.on('error', () => through.destroy());
      });
      proxy = `http://127.0.0.1:${await listen(server)}`;
      closed.push(() => (tls.closeAllConnections(), tls.close()), () => (server.closeAllConnections(), server.close()));
    });

    const sender = (none = '') => guardedHttp({ proxy: readProxy({ HTTPS_PROXY: proxy, NO_PROXY: none }), ca, resolve: async () => ['10.0.0.1'] });

    it('names are left to it, and certificates are checked all the same', async () => {
      const outcome = await sender().send(call('https://hooks.example.com/a'));
      expect('body' in outcome && outcome.body.toString()).toBe('through to hooks.example.com');
      expect(asked).toEqual(['hooks.example.com:443']);
      expect(await sender().send(call('https://other.example.com/a'))).toMatchObject({ fault: 'network' });
    });

    it('addresses in the URL and the metadata service are refused before it is asked', async () => {
      asked.length = 0;
      for (const host of ['10.0.0.1', '2130706433', '[::ffff:169.254.169.254]', 'metadata.google.internal', 'localhost']) expect(await sender().send(call(`https://${host}/`))).toMatchObject({ fault: 'refused' });
      expect(await sender().send(call('http://hooks.example.com/'))).toMatchObject({ fault: 'refused' });
      expect(asked).toEqual([]);
    });

    it('it is left out where Node cannot use it, and sending stays guarded', async () => {
      expect(['20.19.0', '22.20.0', '24.4.1'].map((version) => readProxy({ HTTPS_PROXY: proxy }, version))).toEqual([undefined, undefined, undefined]);
      expect(['22.21.0', '24.5.0', '25.0.0'].map((version) => readProxy({ https_proxy: proxy }, version)?.https)).toEqual([proxy, proxy, proxy]);
    });

    it('hosts that it does not serve are resolved and judged here', async () => {
      asked.length = 0;
      for (const none of ['hooks.example.com', '.example.com', '*']) expect(await sender(none).send(call('https://hooks.example.com/'))).toMatchObject({ fault: 'refused' });
      expect(asked).toEqual([]);
    });
  });
});
