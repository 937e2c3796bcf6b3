import { describe, expect, test } from 'vitest';
import { ChunkedBody } from '../../../src/clients/lean-s3/chunked-body.js';
import { seeded } from '../../activities/s3/random.js';

const take = (text: string, memory?: Buffer, longest = 1000) => {
  const body = new ChunkedBody(memory, longest);
  body.push(Buffer.from(text, 'latin1'));
  return body;
};

describe('a body in chunks', () => {
  test('is put together, whichever way it is cut', () => {
    const random = seeded(20261125);
    for (let round = 0; round < 500; round += 1) {
      const content = Buffer.from(Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256)));
      const pieces: Buffer[] = [];
      for (let at = 0; at < content.length; ) {
        const size = Math.min(content.length - at, 1 + Math.floor(random() * 60));
        const extension = random() < 0.2 ? ';a="b"' : '';
        const spelt = random() < 0.5 ? size.toString(16) : size.toString(16).toUpperCase();
        pieces.push(Buffer.from(`${spelt}${extension}\r\n`), content.subarray(at, at + size), Buffer.from('\r\n'));
        at += size;
      }
      pieces.push(Buffer.from(random() < 0.3 ? '0\r\nx-trailer: 1\r\n\r\n' : '0\r\n\r\n'));
      const wire = Buffer.concat(pieces);
      const memory = random() < 0.5 ? Buffer.alloc(Math.floor(random() * 400)) : undefined;
      const body = new ChunkedBody(memory, 400);
      for (let at = 0; at < wire.length; ) {
        expect(body.isWhole).toBe(false);
        const size = 1 + Math.floor(random() * 40);
        // The memory of what was read is used again at once.
        const read = Buffer.from(wire.subarray(at, at + size));
        body.push(read);
        read.fill(0);
        at += size;
      }
      expect(body.isWhole).toBe(true);
      expect(body.bytes.equals(content)).toBe(true);
      if (memory !== undefined && memory.length >= content.length) expect(body.bytes.buffer).toBe(memory.buffer);
    }
  });

  test.each([
    ['no size', 'x\r\n'],
    ['a size of too many digits', '123456789\r\n'],
    ['a negative size', '-1\r\n'],
    ['a line feed alone', '1\na\n'],
    ['a chunk longer than its size', '1\r\nab\r\n'],
    ['more after its end', '0\r\n\r\nmore'],
    ['an endless size', `1;${'x'.repeat(2000)}`],
    ['endless trailers', `0\r\n${'a: b\r\n'.repeat(100)}`],
  ])('with %s is refused', (_title, text) => {
    expect(() => take(text)).toThrow(expect.objectContaining({ name: 'NotSimpleError' }));
  });

  test('is taken in up to its limit', () => {
    expect(take('5\r\nabcde\r\n0\r\n\r\n', undefined, 5).bytes.toString()).toBe('abcde');
    expect(() => take('6\r\nabcdef\r\n0\r\n\r\n', undefined, 5)).toThrow('a long body');
  });
});
