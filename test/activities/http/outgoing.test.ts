import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOutgoing, type OutgoingRequest, type Resolve } from '../../../src/activities/http/outgoing.js';
import { type HttpPartner, startPartner } from '../../support/http-partner.js';

let canary: HttpPartner;
let partner: HttpPartner;

beforeAll(async () => {
  canary = await startPartner();
  partner = await startPartner();
});
afterAll(async () => {
  await canary.close();
  await partner.close();
});
beforeEach(() => {
  canary.received.length = 0;
  partner.received.length = 0;
  partner.answer = (_request, response) => response.writeHead(200).end('ok');
});

function get(url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return {
    url: new URL(url),
    method: 'GET',
    headers: {},
    timeoutMs: 2_000,
    signal: new AbortController().signal,
    maxBodyBytes: 1024,
    ...more,
  };
}

const resolveTo =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const byName = createOutgoing({ allow: ['partner.test'], resolve: resolveTo('127.0.0.1') });

/** Services that hand out credentials of the machine (EC2, ECS tasks, EKS pods), spelt in every way that reaches them. */
const metadataHosts = [
  '169.254.169.254',
  '169.254.169.254.',
  '169.254.43518',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.170.2',
  '2852039170',
  '0251.0376.0252.2',
  '169.254.170.23',
  '[fd00:ec2::254]',
  '[fd00:0ec2:0:0:0:0:0:0254]',
  '[fd00:ec2::23]',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:aa02]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::]',
];

describe('addresses', () => {
  it('in every spelling of this machine are refused before a connection is made', async () => {
    const send = createOutgoing({ allow: [] });
    const hosts = [
      '127.0.0.1',
      'localhost',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '0x7f.1',
      '0',
      '0.0.0.0',
      '127.0.0.1.',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[0:0:0:0:0:ffff:7f00:0001]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '①②⑦.0.0.1',
      ...metadataHosts,
      '169.254.1.1',
      '[fe80::1]',
      '[::ffff:169.254.1.1]',
      '10.0.0.1',
      '0x0a.1',
      '[fc00::1]',
    ];
    for (const host of hosts) {
      const refused = send(get(`http://${host}:${canary.port}/`));
      await expect(refused, host).rejects.toMatchObject({ type: 'ForbiddenAddress', nonRetryable: true });
    }
    expect(canary.received).toHaveLength(0);
  });

  it('are refused when one of several is private', async () => {
    const send = createOutgoing({ allow: [], resolve: resolveTo('1.1.1.1', '127.0.0.1') });
    await expect(send(get(`http://mixed.test:${canary.port}/`))).rejects.toMatchObject({ type: 'ForbiddenAddress' });
    expect(canary.received).toHaveLength(0);
  });

  it('are resolved once: a name that changes its answer is still connected where it was checked', async () => {
    let asked = 0;
    const send = createOutgoing({
      allow: ['127.0.0.0/8'],
      resolve: async () => {
        asked += 1;
        // 127.0.0.9 is checked; nothing listens there.
        return [{ address: asked === 1 ? '127.0.0.9' : '127.0.0.1', family: 4 }];
      },
    });
    await expect(send(get(`http://rebinding.test:${canary.port}/`))).rejects.toMatchObject({
      type: 'ConnectionFailed',
    });
    expect(asked).toBe(1);
    expect(canary.received).toHaveLength(0);
  });

  it('are reached under a listed name, with that name in the Host header', async () => {
    const { status } = await byName(get(`http://partner.test:${partner.port}/x`));
    expect(status).toBe(200);
    expect(partner.received[0]?.headers.host).toBe(`partner.test:${partner.port}`);
  });

  it('of metadata services stay closed where everything else is open', async () => {
    const send = createOutgoing({ allow: ['0.0.0.0/0', '::/0'] });
    for (const host of metadataHosts) {
      await expect(send(get(`http://${host}/latest/meta-data/`)), host).rejects.toMatchObject({
        type: 'ForbiddenAddress',
        nonRetryable: true,
      });
    }
  });

  it('are checked again when a redirect leads back to the same name', async () => {
    const answers = ['127.0.0.1', '169.254.170.2'];
    const asked: string[] = [];
    const send = createOutgoing({
      allow: ['127.0.0.1'],
      resolve: async (host) => {
        asked.push(host);
        return [{ address: answers.shift() ?? '127.0.0.1', family: 4 }];
      },
    });
    partner.answer = (_request, response) => response.writeHead(307, { location: '/again' }).end();
    await expect(send(get(`http://rebinding.test:${partner.port}/`))).rejects.toMatchObject({
      type: 'ForbiddenAddress',
    });
    expect(asked).toEqual(['rebinding.test', 'rebinding.test']);
    expect(partner.received).toHaveLength(1);
  });

  it('of redirects are checked again', async () => {
    for (const host of ['127.0.0.1', 'localhost.test', '[::ffff:127.0.0.1]', '2130706433', ...metadataHosts]) {
      partner.answer = (_request, response) =>
        response.writeHead(302, { location: `http://${host}:${canary.port}/` }).end();
      const refused = byName(get(`http://partner.test:${partner.port}/`));
      await expect(refused, host).rejects.toMatchObject({ type: 'ForbiddenAddress' });
    }
    expect(canary.received).toHaveLength(0);
  });
});

describe('redirects', () => {
  it('are followed five times and no more', async () => {
    const send = createOutgoing({ allow: ['127.0.0.1'] });
    let left = 5;
    partner.answer = (_request, response) => {
      left -= 1;
      response.writeHead(left >= 0 ? 307 : 200, { location: '/next' }).end();
    };
    expect((await send(get(partner.url))).status).toBe(200);
    left = 6;
    await expect(send(get(partner.url))).rejects.toMatchObject({ type: 'HttpError', nonRetryable: true });
  });

  it('repeat the body at 307', async () => {
    const send = createOutgoing({ allow: ['127.0.0.1'] });
    partner.answer = ({ path }, response) => response.writeHead(path === '/' ? 307 : 200, { location: '/b' }).end();
    await send(get(partner.url, { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } }));
    expect(partner.received.map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{"a":1}'],
      ['POST', '{"a":1}'],
    ]);
  });
});

describe('failures', () => {
  const send = createOutgoing({ allow: ['127.0.0.1'] });

  it('name the method and the host but neither path nor query', async () => {
    const port = partner.port;
    const error = await send(get(`http://127.0.0.1:1/path?secret=1`)).catch((caught: Error) => caught);
    expect(error).toMatchObject({
      type: 'ConnectionFailed',
      nonRetryable: false,
      message: 'GET 127.0.0.1:1 failed: ECONNREFUSED',
    });
    await expect(send(get(`http://user:secret@127.0.0.1:${port}/`))).rejects.toMatchObject({
      type: 'InvalidInput',
      message: `GET 127.0.0.1:${port}: credentials belong into headers, not into the address`,
    });
  });

  it('come in time when the other side is silent, at any stage', async () => {
    partner.answer = () => undefined;
    await expect(send(get(partner.url, { timeoutMs: 200 }))).rejects.toMatchObject({ type: 'ConnectionFailed' });
    partner.answer = (_request, response) => void response.writeHead(200).write('half');
    await expect(send(get(partner.url, { timeoutMs: 200 }))).rejects.toMatchObject({ type: 'ConnectionFailed' });
    const never: Resolve = () => new Promise(() => undefined);
    await expect(
      createOutgoing({ allow: [], resolve: never })(get('http://slow.test/', { timeoutMs: 200 })),
    ).rejects.toMatchObject({ type: 'ConnectionFailed' });
  });

  it('give the reason of a cancellation', async () => {
    partner.answer = () => undefined;
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('cancelled by the run')), 100);
    await expect(send(get(partner.url, { signal: controller.signal }))).rejects.toThrow('cancelled by the run');
  });

  it('stop a body at its limit, before and after decompression', async () => {
    const limit = { type: 'BodyTooLarge', nonRetryable: true, message: expect.stringContaining('1024 bytes') };
    partner.answer = (_request, response) => response.writeHead(200).end('x'.repeat(1025));
    await expect(send(get(partner.url))).rejects.toMatchObject(limit);
    partner.answer = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1_000_000)));
    await expect(send(get(partner.url))).rejects.toMatchObject(limit);
    partner.answer = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('fine'));
    expect((await send(get(partner.url))).body.toString()).toBe('fine');
  });

  it('do not come from the body of an answer that says all by its status', async () => {
    const statusOf = async (more: Partial<OutgoingRequest> = {}) => (await send(get(partner.url, more))).status;
    partner.answer = (_request, response) => response.writeHead(503).end('x'.repeat(1_000_000));
    expect(await statusOf()).toBe(503);
    for (const [headers, body] of [
      [{}, 'x'.repeat(1_000_000)],
      [{ 'content-encoding': 'snappy' }, 'packed'],
      [{ 'content-encoding': 'gzip' }, 'not gzip'],
    ] as const) {
      partner.answer = (_request, response) => response.writeHead(202, headers).end(body);
      expect(await statusOf({ maxBodyBytes: undefined })).toBe(202);
    }
    partner.answer = (_request, response) => {
      response.writeHead(202, { 'content-length': '100' }).write('half');
      setTimeout(() => response.destroy(), 50);
    };
    expect(await statusOf({ maxBodyBytes: undefined })).toBe(202);
    partner.answer = (_request, response) => void response.writeHead(202).write('never ends');
    expect(await statusOf({ maxBodyBytes: undefined, timeoutMs: 10_000 })).toBe(202);
  });

  it('tell an encoding that nobody knows once, for the request was carried out', async () => {
    partner.answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'snappy' }).end('packed');
    await expect(send(get(partner.url))).rejects.toMatchObject({
      type: 'HttpError',
      nonRetryable: true,
      message: expect.stringContaining('"snappy"'),
    });
  });
});
