import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../../src/local/project-root.js';
import { resultBucket, sampleBucket, toNdjson } from '../../../src/local/samples/samples.js';
import { ensureBuckets, seedSamples } from '../../../src/local/samples/seed.js';
import { readObject, testS3 } from '../../support/s3.js';

const s3 = testS3();
const datasets = path.join(projectRoot(), 'node_modules/vega-datasets/data');
const keys = [
  'birdstrikes/birdstrikes.csv',
  'flights/flights-200k.ndjson.gz',
  'flights/flights-3m.parquet',
  'weather/seattle-weather.csv',
  'zipcodes/zipcodes.csv',
];

beforeAll(() => ensureBuckets(s3, [sampleBucket, resultBucket]));

test('buckets and datasets are there after the first start, and the second finds nothing to do', async () => {
  expect((await seedSamples(s3, datasets)).sort()).toEqual(keys);
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: sampleBucket }));
  expect(Contents?.map(({ Key }) => Key)).toEqual(keys);
  await ensureBuckets(s3, [sampleBucket, resultBucket]);
  expect(await seedSamples(s3, datasets)).toEqual([]);
});

test('objects are the files of the datasets, unchanged', async () => {
  for (const [key, file] of [
    ['birdstrikes/birdstrikes.csv', 'birdstrikes.csv'],
    ['flights/flights-3m.parquet', 'flights-3m.parquet'],
  ] as const) {
    expect((await readObject(s3, sampleBucket, key)).equals(readFileSync(path.join(datasets, file)))).toBe(true);
  }
  const head = await s3.send(new HeadObjectCommand({ Bucket: sampleBucket, Key: 'zipcodes/zipcodes.csv' }));
  expect(head).toMatchObject({ ContentType: 'text/csv' });
  expect(head.ContentEncoding).toBeUndefined();
});

test('flights are gzipped NDJSON, a line for each element of the array', async () => {
  const text = gunzipSync(await readObject(s3, sampleBucket, 'flights/flights-200k.ndjson.gz')).toString('utf8');
  const elements: unknown[] = JSON.parse(readFileSync(path.join(datasets, 'flights-200k.json'), 'utf8'));
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  expect(lines).toHaveLength(elements.length);
  for (const index of [0, 1, 777, elements.length - 1]) expect(lines[index]).toBe(JSON.stringify(elements[index]));
});

test('only an array becomes NDJSON', () => {
  expect(toNdjson('[{"a": 1.50}, null, "x\\ny"]')).toBe('{"a":1.5}\nnull\n"x\\ny"\n');
  expect(() => toNdjson('{}')).toThrow('a JSON array is expected');
});
