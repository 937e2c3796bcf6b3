import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpPartner, startPartner } from '../support/http-partner.js';

type Calls = Record<'complete' | 'fail' | 'heartbeat', (told?: unknown) => Promise<unknown>>;
interface Client {
  callback(base: string, options?: { retryForMs?: number }): Calls;
}

// A file to be copied has no types beside it: it is asked for by its path.
const file = new URL('../../examples/partner/almanac-callback.mjs', import.meta.url).href;
const { callback }: Client = await import(file);

/** A server that answers what the test says, in place of Almanac. */
let almanac: HttpPartner;
beforeEach(async () => {
  almanac = await startPartner();
});
afterEach(() => almanac.close());

/** Answers the calls one after another; the last answer stands for all that follow. */
function answerInTurn(...answers: ((response: ServerResponse) => void)[]): void {
  almanac.answer = (_request, response) => (answers[almanac.received.length - 1] ?? answers.at(-1))?.(response);
}

const json = (status: number, body: object, headers: Record<string, string> = {}) => {
  return (response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};

/** The beginning of an answer, and then nothing any more. */
const cutOff = (status: number) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"dupl', () => response.socket?.destroy());
};

describe("the partner's client", () => {
  it('sends again what it got but half of an answer to', async () => {
    answerInTurn(cutOff(200), json(200, { duplicate: true }));
    expect(await callback(`${almanac.url}/t`).complete({ rows: 1 })).toEqual({ duplicate: true });
    expect(almanac.received.map(({ path, body }) => `${path} ${body}`)).toEqual(
      Array(2).fill('/t/complete {"output":{"rows":1}}'),
    );
  });

  it.each(['0', '-1'])('waits before it sends again, also when it is told Retry-After: %s', async (retryAfter) => {
    answerInTurn(json(503, {}, { 'retry-after': retryAfter }), json(200, {}));
    const begin = performance.now();
    expect(await callback(`${almanac.url}/t`).fail('no')).toEqual({});
    expect(performance.now() - begin).toBeGreaterThanOrEqual(490);
    expect(almanac.received).toHaveLength(2);
  });

  it('gives up in the end, and tells why', async () => {
    answerInTurn(cutOff(200));
    const giving = callback(`${almanac.url}/t`, { retryForMs: 0 }).complete();
    await expect(giving).rejects.toMatchObject({
      message: 'Almanac did not take the callback',
      cause: expect.any(Error),
    });
  });

  it('takes a refusal for final, however little of it there is to read', async () => {
    answerInTurn(json(409, { detail: 'another outcome was delivered first' }));
    const late = callback(`${almanac.url}/t`).complete();
    await expect(late).rejects.toMatchObject({ status: 409, message: expect.stringContaining('another outcome') });
    almanac.received.length = 0;
    answerInTurn(cutOff(410));
    await expect(callback(`${almanac.url}/t`).heartbeat()).rejects.toMatchObject({ status: 410 });
    expect(almanac.received).toHaveLength(1);
  });
});
