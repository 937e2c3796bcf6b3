import * as zlib from 'node:zlib';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { newBucket, readObject, testS3 } from '../../support/s3.js';
import {
  birdstrikesCsv,
  failureOf,
  flightsNdjson,
  keysOf,
  openUploads,
  put,
  runStep,
  sha256,
  startStep,
  tool,
  watchedS3,
  zstdFrame,
} from './environment.js';

const s3 = testS3();

async function buckets() {
  return { source: await newBucket(s3, 'source'), target: await newBucket(s3, 'target') };
}

describe('real input, against the tools everybody has', () => {
  test('the flights file, gzipped: the same bytes as zcat and grep', async () => {
    const { source, target } = await buckets();
    const input = gzipSync(flightsNdjson());
    await put(s3, source, 'flights/2001.ndjson.gz', input);
    const run = startStep(s3, 's3.transform', {
      source: { bucket: source, prefix: 'flights/' },
      target: { bucket: target, prefix: 'late/' },
      keep: '"delay":[1-9]\\d\\d',
      manifest: 'manifest.ndjson',
    });
    const output = await run.result;
    const expected = tool('grep', ['-E', '"delay":[1-9][0-9][0-9]'], tool('zcat', [], input));
    const written = await readObject(s3, target, 'late/2001.ndjson.gz');
    expect(gunzipSync(written).equals(expected)).toBe(true);
    const linesOut = expected.toString().split('\n').length - 1;
    expect(output).toEqual({
      objects: 1,
      bytesIn: input.length,
      bytesOut: written.length,
      linesIn: flightsNdjson().toString().split('\n').length - 1,
      linesOut,
      manifest: 'manifest.ndjson',
    });
    const manifest = (await readObject(s3, target, 'manifest.ndjson')).toString().trimEnd().split('\n');
    expect(manifest).toHaveLength(1);
    expect(JSON.parse(manifest[0] as string)).toMatchObject({
      key: 'flights/2001.ndjson.gz',
      targetKey: 'late/2001.ndjson.gz',
      bytesIn: input.length,
      bytesOut: written.length,
      linesOut,
      sha256: sha256(written),
    });
    expect(run.heartbeats.at(-1)).toMatchObject({
      done: input.length,
      total: input.length,
      unit: 'bytes',
      rate: expect.any(Number),
      objects: { done: 1, total: 1 },
      message: 'flights/2001.ndjson.gz',
    });
  });

  test('birdstrikes.csv, dropped and redacted: the same bytes as grep -v and sed', async () => {
    const { source, target } = await buckets();
    const input = birdstrikesCsv();
    await put(s3, source, 'birdstrikes.csv', input);
    await runStep(s3, 's3.transform', {
      source: { bucket: source, keys: ['birdstrikes.csv'] },
      target: { bucket: target, prefix: '' },
      drop: 'Medium|\\bSmall\\b',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a replacement refers to a group that way
      redact: [{ pattern: '(\\d+)/(?P<day>\\d+)/', with: '$1/${day}-' }],
      compression: 'gzip',
    });
    const kept = tool('grep', ['-Ev', 'Medium|\\bSmall\\b'], input);
    const expected = tool('sed', ['-E', 's#([0-9]+)/([0-9]+)/#\\1/\\2-#g'], kept);
    expect(await keysOf(s3, target)).toEqual(['birdstrikes.csv.gz']);
    expect(gunzipSync(await readObject(s3, target, 'birdstrikes.csv.gz')).equals(expected)).toBe(true);
  });
});

describe('one to one', () => {
  test.each<[string, string | Buffer, string]>([
    ['empty', '', ''],
    ['without a newline at the end', 'keep 1\ndrop\nkeep 2', 'keep 1\nkeep 2'],
    ['CRLF', 'keep\r\ndrop\r\nkeep\r\n', 'keep\r\nkeep\r\n'],
    [
      'invalid UTF-8',
      Buffer.from('keep \xff\xfe\n\x80\n', 'latin1'),
      Buffer.from('keep \xff\xfe\n', 'latin1').toString('latin1'),
    ],
  ])('%s', async (_, input, expected) => {
    const { source, target } = await buckets();
    await put(s3, source, 'in/a.txt', Buffer.from(input));
    await runStep(s3, 's3.transform', {
      source: { bucket: source, prefix: 'in/' },
      target: { bucket: target, prefix: 'out/' },
      keep: '^keep',
    });
    expect((await readObject(s3, target, 'out/a.txt')).toString('latin1')).toBe(expected);
  });

  test('one line of 100 MB', { timeout: 60_000 }, async () => {
    const { source, target } = await buckets();
    const line = Buffer.alloc(100_000_000, 'x');
    line.write('needle', 99_999_990);
    await put(s3, source, 'long', Buffer.concat([Buffer.from('short\n'), line, Buffer.from('\nshort\n')]));
    const output = await runStep(s3, 's3.transform', {
      source: { bucket: source, prefix: '' },
      target: { bucket: target, prefix: '' },
      keep: 'n.edle',
      compression: 'none',
    });
    expect(output).toMatchObject({ linesIn: 3, linesOut: 1, bytesOut: 100_000_001 });
    expect(sha256(await readObject(s3, target, 'long'))).toBe(sha256(Buffer.concat([line, Buffer.from('\n')])));
  });

  test('keys with spaces, unicode, plus, percent and other marks', async () => {
    const { source, target } = await buckets();
    const names = [
      'a b.txt',
      'ü/ñ€.txt',
      'a+b.txt',
      '100%25.txt',
      "q'(1)&=?#;.txt",
      '日本語.txt',
      '.hidden',
      'a\\b.txt',
    ];
    for (const name of names) await put(s3, source, `in/${name}`, `${name}\nx\n`);
    const output = await runStep(s3, 's3.transform', {
      source: { bucket: source, prefix: 'in/' },
      target: { bucket: target, prefix: 'out/' },
      drop: '^x$',
    });
    expect(output.objects).toBe(names.length);
    for (const name of names) expect((await readObject(s3, target, `out/${name}`)).toString()).toBe(`${name}\n`);
  });

  test('keys that end with a slash, and the mark of the folder itself', async () => {
    const { source, target } = await buckets();
    for (const key of ['in/', 'in/folder/']) await put(s3, source, key, '');
    await put(s3, source, 'in/folder/a', 'x\n');
    const step = { source: { bucket: source, prefix: 'in/' }, target: { bucket: target, prefix: 'out/' } };
    const output = await runStep(s3, 's3.transform', { ...step, manifest: 'm' });
    expect(output).toMatchObject({ objects: 2, linesOut: 1 });
    expect(await keysOf(s3, target)).toEqual(['m', 'out/folder/', 'out/folder/a']);
  });

  test('300 small objects, filtered by globs, with a manifest in key order', async () => {
    const { source, target } = await buckets();
    const names = Array.from(
      { length: 300 },
      (_, index) => `p/${index % 7}/${index}.${index % 3 === 0 ? 'csv' : 'log'}`,
    );
    await Promise.all(names.map((name) => put(s3, source, name, `${name}\nrest\n`)));
    const run = startStep(s3, 's3.transform', {
      source: { bucket: source, prefix: 'p/', include: ['**/*.csv'], exclude: ['6/**'] },
      target: { bucket: target, prefix: 'out/' },
      drop: 'rest',
      manifest: 'all.ndjson',
    });
    const output = await run.result;
    const expected = names.filter((name) => name.endsWith('.csv') && !name.startsWith('p/6/')).sort();
    expect(output.objects).toBe(expected.length);
    const manifest = (await readObject(s3, target, 'all.ndjson')).toString().trimEnd().split('\n');
    expect(manifest.map((line) => JSON.parse(line).key)).toEqual(expected);
    expect((await keysOf(s3, target)).sort()).toEqual(
      ['all.ndjson', ...expected.map((k) => k.replace('p/', 'out/'))].sort(),
    );
    expect(run.heartbeats.at(-1)?.objects).toEqual({ done: expected.length, total: expected.length });
  });

  test('gzip of several members; the extension follows the compression', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'a.csv.gz', Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]));
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
    await runStep(s3, 's3.transform', { ...step, compression: 'none' });
    await runStep(s3, 's3.transform', { ...step, target: { bucket: target, prefix: 'same/' } });
    expect(await keysOf(s3, target)).toEqual(['a.csv', 'same/a.csv.gz']);
    expect((await readObject(s3, target, 'a.csv')).toString()).toBe('one\ntwo\n');
    expect(gunzipSync(await readObject(s3, target, 'same/a.csv.gz')).toString()).toBe('one\ntwo\n');
  });

  test('an empty source is a success', async () => {
    const { source, target } = await buckets();
    const step = { source: { bucket: source, prefix: 'none/' }, target: { bucket: target, prefix: '' } };
    expect(await runStep(s3, 's3.transform', { ...step, manifest: 'm' })).toEqual({
      objects: 0,
      bytesIn: 0,
      bytesOut: 0,
      linesIn: 0,
      linesOut: 0,
      manifest: 'm',
    });
    expect(await readObject(s3, target, 'm')).toHaveLength(0);
  });

  test('an output of several parts', async () => {
    const { source, target } = await buckets();
    const input = Buffer.concat(Array.from({ length: 5 }, flightsNdjson));
    await put(s3, source, 'big', input);
    await runStep(s3, 's3.transform', {
      source: { bucket: source, prefix: '' },
      target: { bucket: target, prefix: '' },
      drop: '"delay":0,',
    });
    const expected = tool('grep', ['-v', '"delay":0,'], input);
    expect(expected.length).toBeGreaterThan(32 * 1024 * 1024);
    expect(sha256(await readObject(s3, target, 'big'))).toBe(sha256(expected));
    expect(await openUploads(s3, target)).toBe(0);
  });
});

describe('combined', () => {
  test('in key order, with a newline between what had none, as one valid gzip', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'in/2', 'two\nno');
    await put(s3, source, 'in/10', 'ten');
    await put(s3, source, 'in/3', '');
    await put(s3, source, 'in/4.gz', gzipSync('four\n'));
    const output = await runStep(s3, 's3.transform', {
      source: { bucket: source, prefix: 'in/' },
      target: { bucket: target, key: 'all.txt.gz' },
      drop: 'no',
      manifest: 'm.ndjson',
    });
    const written = await readObject(s3, target, 'all.txt.gz');
    expect(gunzipSync(written).toString()).toBe('ten\ntwo\nfour\n');
    expect(output).toMatchObject({ objects: 4, linesIn: 4, linesOut: 3, bytesOut: written.length });
    const lines = (await readObject(s3, target, 'm.ndjson')).toString().trimEnd().split('\n');
    const records = lines.map((line) => JSON.parse(line));
    expect(records.map(({ key }) => key)).toEqual(['in/10', 'in/2', 'in/3', 'in/4.gz', undefined]);
    expect(records[4]).toMatchObject({ targetKey: 'all.txt.gz', sha256: sha256(written), linesOut: 3 });
  });

  test('as large as several parts, the same as cat and grep', async () => {
    const { source, target } = await buckets();
    const flights = flightsNdjson();
    for (const key of ['a', 'b', 'c']) await put(s3, source, key, flights);
    await runStep(s3, 's3.transform', {
      source: { bucket: source, keys: ['c', 'a', 'b', 'a'] },
      target: { bucket: target, key: 'all' },
      keep: '"delay"',
    });
    expect(sha256(await readObject(s3, target, 'all'))).toBe(sha256(Buffer.concat([flights, flights, flights])));
  });
});

describe('failures are typed, name bucket and key, and leave nothing half-written', () => {
  test('a bucket that is not there', async () => {
    const { target } = await buckets();
    const step = { source: { bucket: 'no-such-bucket-here', prefix: '' }, target: { bucket: target, prefix: '' } };
    expect(await failureOf(runStep(s3, 's3.transform', step))).toMatchObject({
      type: 'NoSuchBucket',
      nonRetryable: true,
      message: expect.stringContaining('s3://no-such-bucket-here/'),
    });
  });

  test('a target bucket that is not there', async () => {
    const { source } = await buckets();
    await put(s3, source, 'a', 'x\n');
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: 'no-such-bucket-here', prefix: 'o/' } };
    expect(await failureOf(runStep(s3, 's3.transform', step))).toMatchObject({
      type: 'NoSuchBucket',
      message: expect.stringContaining('s3://no-such-bucket-here/o/'),
    });
  });

  test('a key that is not there', async () => {
    const { source, target } = await buckets();
    const step = { source: { bucket: source, keys: ['gone.txt'] }, target: { bucket: target, prefix: '' } };
    expect(await failureOf(runStep(s3, 's3.transform', step))).toMatchObject({
      type: 'NoSuchKey',
      nonRetryable: true,
      message: expect.stringContaining(`s3://${source}/gone.txt`),
    });
  });

  test('an object that was listed and then deleted', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'gone', 'x\n');
    const deleting = watchedS3(async (command) => {
      if (command !== 'GetObjectCommand') return;
      await s3.send(new DeleteObjectCommand({ Bucket: source, Key: 'gone' }));
    });
    for (const to of [{ prefix: '' }, { key: 'one' }]) {
      await put(s3, source, 'gone', 'x\n');
      const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, ...to }, manifest: 'm' };
      expect(await failureOf(runStep(deleting, 's3.transform', step))).toMatchObject({
        type: 'NoSuchKey',
        nonRetryable: true,
        message: expect.stringContaining(
          `s3://${source}/gone: the object does not exist; if it was listed, it was deleted`,
        ),
      });
    }
    expect(await keysOf(s3, target)).toEqual([]);
  });

  test('credentials that nobody knows', async () => {
    const { source, target } = await buckets();
    const stranger = testS3();
    stranger.config.credentials = async () => ({ accessKeyId: 'stranger', secretAccessKey: 'nothing' });
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
    expect(await failureOf(runStep(stranger, 's3.transform', step))).toMatchObject({
      type: 'AccessDenied',
      nonRetryable: true,
      message: expect.stringContaining(`s3://${target}/`),
    });
  });

  test.each<[string, Buffer]>([
    ['garbage behind the content', Buffer.concat([gzipSync('a\n'), Buffer.from('garbage')])],
    ['content that is cut off', gzipSync(flightsNdjson()).subarray(0, -10)],
    ['content that is no gzip at all', Buffer.from('plain text\n')],
  ])('gzip with %s', async (_, body) => {
    const { source, target } = await buckets();
    await put(s3, source, 'bad.gz', body);
    for (const to of [{ prefix: '' }, { key: 'one' }]) {
      const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, ...to }, manifest: 'm' };
      expect(await failureOf(runStep(s3, 's3.transform', step))).toMatchObject({
        type: 'CorruptInput',
        nonRetryable: true,
        message: expect.stringContaining(`s3://${source}/bad.gz`),
      });
    }
    expect(await keysOf(s3, target)).toEqual([]);
    expect(await openUploads(s3, target)).toBe(0);
  });

  test('zstd: done where this Node can, refused by name where it cannot', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'a.zst', Buffer.concat([zstdFrame('one\n'), zstdFrame('two\n')]));
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' }, drop: 'two' };
    const run = runStep(s3, 's3.transform', step);
    if ('zstdDecompressSync' in zlib) {
      await run;
      expect(await keysOf(s3, target)).toEqual(['a.zst']);
      await runStep(s3, 's3.transform', {
        source: { bucket: target, keys: ['a.zst'] },
        target: { bucket: target, prefix: 'plain-' },
        compression: 'none',
      });
      expect((await readObject(s3, target, 'plain-a')).toString()).toBe('one\n');
      await put(s3, source, 'a.zst', zstdFrame('one\n').subarray(0, -1));
      expect(await failureOf(runStep(s3, 's3.transform', step))).toMatchObject({ type: 'CorruptInput' });
      const flights = flightsNdjson();
      await put(s3, source, 'flights', flights);
      const flightsStep = { source: { bucket: source, keys: ['flights'] }, target: { bucket: target, prefix: '' } };
      await runStep(s3, 's3.transform', { ...flightsStep, compression: 'zstd' });
      await runStep(s3, 's3.transform', {
        source: { bucket: target, keys: ['flights.zst'] },
        target: { bucket: target, prefix: 'back/' },
        compression: 'none',
      });
      expect((await readObject(s3, target, 'back/flights')).equals(flights)).toBe(true);
    } else {
      expect(await failureOf(run)).toMatchObject({
        type: 'UnsupportedCompression',
        nonRetryable: true,
        message: expect.stringMatching(`s3://${source}/a.zst: zstd needs Node 22.15`),
      });
    }
  });

  test('a source that changes while it is read', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'a', 'old\n');
    let changed = false;
    const changing = watchedS3(async (command) => {
      if (command !== 'GetObjectCommand' || changed) return;
      changed = true;
      await put(s3, source, 'a', 'new\n');
    });
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
    expect(await failureOf(runStep(changing, 's3.transform', step))).toMatchObject({
      type: 'SourceChanged',
      nonRetryable: false,
      message: expect.stringContaining(`s3://${source}/a`),
    });
    expect(await keysOf(s3, target)).toEqual([]);
  });

  test('a target inside the source', async () => {
    const { source } = await buckets();
    await put(s3, source, 'in/a', 'x\n');
    const step = { source: { bucket: source, prefix: 'in/' }, target: { bucket: source, prefix: 'in/out/' } };
    expect(await failureOf(runStep(s3, 's3.transform', step))).toMatchObject({ type: 'TargetInsideSource' });
    expect(await keysOf(s3, source)).toEqual(['in/a']);
  });

  test('a replacement for a group that is not there', async () => {
    const { source, target } = await buckets();
    const step = { source: { bucket: source, prefix: 'p' }, target: { bucket: target, prefix: '' } };
    const redact = [{ pattern: 'a', with: '$1' }];
    expect(await failureOf(runStep(s3, 's3.transform', { ...step, redact }))).toMatchObject({
      type: 'InvalidReplacement',
      nonRetryable: true,
    });
  });

  test.each([{ prefix: 'out/' }, { key: 'out' }])('cancelled in the middle, target %j', async (to) => {
    const { source, target } = await buckets();
    const flights = flightsNdjson();
    const input = Buffer.concat(Array.from({ length: 8 }, () => flights));
    for (const key of ['a', 'b', 'c', 'd']) await put(s3, source, key, input);
    let parts = 0;
    const slow = watchedS3((command) => {
      if (command === 'UploadPartCommand' && ++parts === 2) run.cancel();
    });
    const run = startStep(slow, 's3.transform', {
      source: { bucket: source, prefix: '' },
      target: { bucket: target, ...to },
      manifest: 'm',
    });
    await expect(run.result).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(parts).toBeGreaterThanOrEqual(2);
    expect(await keysOf(s3, target)).toEqual([]);
    expect(await openUploads(s3, target)).toBe(0);
  });
});
