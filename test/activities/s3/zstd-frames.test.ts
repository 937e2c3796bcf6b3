import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { splitZstdFrames } from '../../../src/activities/s3/zstd-frames.js';
import { zstdFrame } from './environment.js';

async function split(stream: Buffer, chunkSize: number): Promise<Buffer[]> {
  async function* source() {
    for (let at = 0; at < stream.length; at += chunkSize) yield stream.subarray(at, at + chunkSize);
  }
  const pieces: Buffer[] = [];
  for await (const piece of splitZstdFrames(source())) pieces.push(piece);
  return pieces;
}

const skippable = Buffer.concat([Buffer.from('532a4d1803000000', 'hex'), Buffer.from('abc')]);
const stream = Buffer.concat([zstdFrame('one\n'), skippable, zstdFrame(''), zstdFrame('two\n'.repeat(20))]);

describe('splitZstdFrames', () => {
  test('cuts where frames end, whatever the chunks', async () => {
    const lengths = [
      zstdFrame('one\n').length,
      skippable.length,
      zstdFrame('').length,
      zstdFrame('x'.repeat(80)).length,
    ];
    const pieces = await split(stream, 10_000);
    expect(pieces.map(({ length }) => length)).toEqual(lengths);
    for (let size = 1; size < 40; size++) expect(Buffer.concat(await split(stream, size)).equals(stream)).toBe(true);
  });

  test('a stream that is cut off is refused wherever that is, but between frames', async () => {
    const ends = [0, 13, 24, 33];
    const whole: number[] = [];
    for (let length = 0; length < stream.length; length++) {
      await split(stream.subarray(0, length), 7).then(
        () => whole.push(length),
        (error: unknown) => expect(error).toBeInstanceOf(RangeError),
      );
    }
    expect(whole).toEqual(ends);
  });

  test('what follows a frame and is none', async () => {
    await expect(split(Buffer.concat([stream, Buffer.from('garbage')]), 9)).rejects.toThrow(/not a zstd frame/);
    await expect(split(Buffer.concat([stream, Buffer.alloc(8)]), 9)).rejects.toThrow(/not a zstd frame/);
  });

  // A Node without zstd has only the frames of 255 bytes and less that this test makes by hand.
  const { zstdCompressSync } = zlib as { zstdCompressSync?: (data: Buffer) => Buffer };
  const compress = zstdCompressSync ?? ((data: Buffer) => zstdFrame(data.toString('latin1')));
  test('what this Node compresses, of every size', async () => {
    for (const size of zstdCompressSync ? [0, 1, 255, 256, 65_791, 65_792, 300_000] : [0, 1, 127]) {
      const frame = compress(Buffer.from(Array.from({ length: size }, (_, index) => (index * index) % 127)));
      expect((await split(Buffer.concat([frame, frame]), 1 << 20)).map(({ length }) => length)).toEqual([
        frame.length,
        frame.length,
      ]);
    }
  });
});
