import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { newBucket, readObject, testS3 } from '../../support/s3.js';
import { birdstrikesCsv, flightsNdjson, keysOf, put, runStep, sha256, startStep, tool } from './environment.js';

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
      message: '1 of 1 objects · flights/2001.ndjson.gz',
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
