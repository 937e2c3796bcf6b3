import { expect, test } from 'vitest';
import { listAhead } from '../../../src/activities/s3/list-ahead.js';
import type { SourceObject } from '../../../src/activities/s3/list-objects.js';

async function* listing(count: number, listed: number[], failure?: Error): AsyncGenerator<SourceObject[]> {
  for (let number = 0; number < count; number++) {
    listed.push(number);
    yield [{ bucket: 'b', key: String(number), name: String(number), size: 2, etag: '' }];
  }
  if (failure !== undefined) throw failure;
}

const quiet = { whole: () => undefined, long: () => undefined };

test('tells the total of a short listing', async () => {
  const totals: [number, number][] = [];
  const keys: string[] = [];
  const observer = { ...quiet, whole: (count: number, bytes: number) => void totals.push([count, bytes]) };
  for await (const page of listAhead(listing(5, []), 10, observer)) keys.push(...page.map(({ key }) => key));
  expect(keys).toEqual(['0', '1', '2', '3', '4']);
  expect(totals).toEqual([[5, 10]]);
});

test('lists no further than so many ahead, and goes on when they are taken', async () => {
  const listed: number[] = [];
  const told: string[] = [];
  const observer = { whole: () => void told.push('whole'), long: () => void told.push('long') };
  const ahead = listAhead(listing(100, listed), 10, observer);
  await ahead.next();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(listed.length).toBeLessThanOrEqual(21);
  let count = 1;
  for await (const _ of ahead) count += 1;
  expect(count).toBe(100);
  expect(told).toEqual(['long']);
});

test('gives what was listed before the listing failed, then its failure', async () => {
  const keys: string[] = [];
  const read = async () => {
    const pages = listAhead(listing(3, [], new Error('gone')), 10, quiet);
    for await (const page of pages) keys.push(...page.map(({ key }) => key));
  };
  await expect(read()).rejects.toThrow('gone');
  expect(keys).toEqual(['0', '1', '2']);
});
