import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** The buckets that the examples in `schedules/` read from and write to. */
export const sampleBucket = 'almanac-samples';
export const resultBucket = 'almanac-results';

/** One object of the sample bucket and the file of vega-datasets that it is made from. */
export interface Sample {
  key: string;
  file: string;
  contentType: string;
  make(content: Buffer): Promise<Buffer>;
}

const asItIs = async (content: Buffer): Promise<Buffer> => content;
const compress = promisify(gzip);

export const samples: readonly Sample[] = [
  {
    key: 'flights/flights-200k.ndjson.gz',
    file: 'flights-200k.json',
    contentType: 'application/gzip',
    make: async (content) => compress(toNdjson(content.toString('utf8'))),
  },
  {
    key: 'flights/flights-3m.parquet',
    file: 'flights-3m.parquet',
    contentType: 'application/vnd.apache.parquet',
    make: asItIs,
  },
  { key: 'birdstrikes/birdstrikes.csv', file: 'birdstrikes.csv', contentType: 'text/csv', make: asItIs },
  { key: 'zipcodes/zipcodes.csv', file: 'zipcodes.csv', contentType: 'text/csv', make: asItIs },
  { key: 'weather/seattle-weather.csv', file: 'seattle-weather.csv', contentType: 'text/csv', make: asItIs },
];

export async function makeSample(sample: Sample, file: string): Promise<Buffer> {
  return sample.make(await readFile(file));
}

/** A JSON array → one line per element, as JSON.stringify writes it, each ended by a line feed. */
export function toNdjson(json: string): string {
  const items: unknown = JSON.parse(json);
  if (!Array.isArray(items)) throw new Error('a JSON array is expected');
  return items.map((item) => `${JSON.stringify(item)}\n`).join('');
}
