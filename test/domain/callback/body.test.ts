import { describe, expect, it } from 'vitest';
import { parseCallbackBody } from '../../../src/domain/callback/body.js';
import { AlmanacError } from '../../../src/domain/errors.js';
import type { CallbackOperation } from '../../../src/domain/views.js';

function faultOf(operation: CallbackOperation, text: string): AlmanacError {
  try {
    parseCallbackBody(operation, Buffer.from(text));
  } catch (error) {
    if (error instanceof AlmanacError) return error;
    throw error;
  }
  return expect.fail(`${text} was taken`);
}

describe('half of a character in a body', () => {
  it.each<[CallbackOperation, string, string]>([
    ['fail', String.raw`{"message":"a\ud83d"}`, 'message'],
    ['fail', String.raw`{"message":"a","code":"\uDE00b"}`, 'code'],
    ['fail', String.raw`{"message":"a","details":{"row":"\ude00\ud83d"}}`, 'details.row'],
    ['complete', String.raw`{"output":{"rows":[{"name":"\uD83D\n"}]}}`, 'output.rows.0.name'],
    ['complete', String.raw`{"output":{"in":{"key \ud83d":1}}}`, 'output.in'],
    ['heartbeat', String.raw`{"done":1,"unit":"\ud83d"}`, 'unit'],
    ['cancel', String.raw`{"details":["\ud83d"]}`, 'details.0'],
  ])('of %s is refused by its place: %s', (operation, text, path) => {
    const fault = faultOf(operation, text);
    expect(fault).toMatchObject({ code: 'invalid-input', details: [{ path }] });
    expect(fault.message).toContain(`${path}: this text is not Unicode`);
  });

  it('is no whole one, however that is spelt', () => {
    const output = { escaped: '\u{1f600}', plain: '\u{1f600}', words: String.raw`\ud83d` };
    const text = String.raw`{"output":{"escaped":"\ud83d\uDE00","plain":"😀","words":"\\ud83d"}}`;
    expect(parseCallbackBody('complete', Buffer.from(text))).toEqual({ output });
  });

  it('in bytes is no UTF-8', () => {
    const bytes = Buffer.from([...Buffer.from('{"output":"'), 0xed, 0xa0, 0xbd, ...Buffer.from('"}')]);
    expect(() => parseCallbackBody('complete', bytes)).toThrow('not JSON in UTF-8');
  });
});
