import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { BlockCompressor } from '../../../src/activities/s3/block-compressor.js';
import { decompress, detectCompression } from '../../../src/activities/s3/compression.js';

const place = { bucket: 'b', key: 'x.gz' };

async function inflate(bytes: Buffer, splitAt: number): Promise<string> {
  async function* source() {
    if (splitAt > 0) yield bytes.subarray(0, splitAt);
    yield bytes.subarray(splitAt);
  }
  const out: Buffer[] = [];
  for await (const chunk of decompress(source(), 'gzip', place)) out.push(chunk);
  return Buffer.concat(out).toString();
}

const member = gzipSync('hello\n');
const zeros = Buffer.alloc(9);

describe('gzip, cut at every byte', () => {
  test.each([
    ['one member', member, 'hello\n'],
    ['two members', Buffer.concat([member, gzipSync('world')]), 'hello\nworld'],
    ['an empty member', Buffer.concat([gzipSync(''), member]), 'hello\n'],
    ['zero bytes as padding', Buffer.concat([member, zeros]), 'hello\n'],
  ])('%s', async (_, bytes, expected) => {
    for (let at = 0; at < bytes.length; at++) expect(await inflate(bytes, at)).toBe(expected);
  });

  test.each([
    ['garbage behind', Buffer.concat([member, Buffer.from('garbage')])],
    ['half a magic number behind', Buffer.concat([member, Buffer.from([0x1f])])],
    ['garbage behind padding', Buffer.concat([member, zeros, Buffer.from('x')])],
    ['cut off', member.subarray(0, -1)],
    ['cut off in the second member', Buffer.concat([member, member.subarray(0, 12)])],
    ['a wrong checksum', Buffer.concat([member.subarray(0, -5), Buffer.from([0]), member.subarray(-4)])],
  ])('%s is CorruptInput that names the object', async (_, bytes) => {
    for (let at = 0; at < bytes.length; at++) {
      await expect(inflate(bytes, at)).rejects.toMatchObject({
        type: 'CorruptInput',
        nonRetryable: true,
        message: expect.stringContaining('s3://b/x.gz'),
      });
    }
  });

  test('what the source throws passes through', async () => {
    async function* source() {
      yield member.subarray(0, 10);
      throw new Error('the source');
    }
    const read = async () => {
      for await (const _ of decompress(source(), 'gzip', place));
    };
    await expect(read()).rejects.toThrow('the source');
  });
});

describe('detectCompression', () => {
  test.each([
    ['x.json', member, 'gzip'],
    ['x.gz', member, 'gzip'],
    ['x.json', Buffer.from('{}'), 'none'],
    ['x', Buffer.from('28b52ffd', 'hex'), 'zstd'],
    ['x', Buffer.from('502a4d18', 'hex'), 'zstd'],
    ['x.gz', Buffer.alloc(0), 'gzip'],
    ['x', Buffer.alloc(0), 'none'],
    ['x.zst', member, 'gzip'],
  ])('%s', (key, head, expected) => {
    expect(detectCompression(head, { bucket: 'b', key })).toBe(expected);
  });

  test('a name that promises what the content is not', () => {
    expect(() => detectCompression(Buffer.from('{"a"'), place)).toThrow(/its name says gzip/);
  });
});

describe('BlockCompressor', () => {
  test('blocks come out in order and are one gzip content', async () => {
    const input = Buffer.from(Array.from({ length: 400_000 }, (_, line) => `line ${line}\n`).join(''));
    const out: Buffer[] = [];
    const compressor = new BlockCompressor({ write: async (chunk: Buffer) => void out.push(chunk) }, 'gzip', place);
    for (let at = 0; at < input.length; at += 70_001) await compressor.write(input.subarray(at, at + 70_001));
    await compressor.end();
    expect(out.length).toBeGreaterThan(3);
    expect(gunzipSync(Buffer.concat(out)).equals(input)).toBe(true);
  });

  test('nothing becomes a valid empty content', async () => {
    const out: Buffer[] = [];
    const compressor = new BlockCompressor({ write: async (chunk: Buffer) => void out.push(chunk) }, 'gzip', place);
    await compressor.end();
    expect(gunzipSync(Buffer.concat(out))).toHaveLength(0);
  });
});
