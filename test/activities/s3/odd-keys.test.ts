import type { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createS3Client } from '../../../src/clients/s3.js';
import { type MemoryS3, startMemoryS3 } from '../../support/memory-s3.js';
import { runStep } from './environment.js';

/** Keys after the prefix that S3 holds and a file system can't. */
const names = ['../x.txt', './y.txt', '/z.txt', '..', '.', 'a/../../b.txt', 'a//', '.hidden/c.txt', 'plain.txt'];

let server: MemoryS3;
let s3: S3Client;

beforeEach(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'almanac';
  process.env.AWS_SECRET_ACCESS_KEY = 'almanac-local';
  server = await startMemoryS3();
  s3 = createS3Client({ region: 'us-east-1', s3Endpoint: server.url });
  for (const name of names) server.objects.set(`source/in/${name}`, Buffer.from(`keep ${name}\ndrop\n`));
  // What a path that was tidied up would lead to.
  for (const name of ['x.txt', 'in/y.txt', 'in/z.txt', 'b.txt'])
    server.objects.set(`source/${name}`, Buffer.from('no'));
});
afterEach(async () => {
  s3.destroy();
  await server.close();
});

const outputs = (prefix: string) =>
  new Map([...server.objects].flatMap(([name, body]) => (name.startsWith(prefix) ? [[name, body.toString()]] : [])));
const of = (chosen: string[], prefix: string, text: (name: string) => string) =>
  new Map(chosen.map((name) => [`${prefix}${name}`, text(name)]));

test.each([undefined, ['**'], ['**/*']])('s3.transform of every key below a prefix, include %j', async (include) => {
  server.objects.delete('source/in/y.txt');
  server.objects.delete('source/in/z.txt');
  const source = { bucket: 'source', prefix: 'in/', ...(include === undefined ? {} : { include }) };
  const output = await runStep(s3, 's3.transform', {
    source,
    target: { bucket: 'target', prefix: 'out/' },
    drop: 'drop',
  });
  expect(output).toMatchObject({ objects: names.length, linesOut: names.length });
  expect(outputs('target/')).toEqual(of(names, 'target/out/', (name) => `keep ${name}\n`));
});

test('s3.copy of what a glob chooses, moved', async () => {
  const source = { bucket: 'source', prefix: 'in/', include: ['**/*.txt'], exclude: ['a/**', 'y.txt', 'z.txt'] };
  const target = { bucket: 'target', prefix: 'out/../' };
  const chosen = names.filter((name) => name.endsWith('.txt') && !name.startsWith('a/'));
  const output = await runStep(s3, 's3.copy', { source, target, move: true });
  expect(output).toMatchObject({ objects: chosen.length, skipped: 0 });
  const same = (name: string) => `keep ${name}\ndrop\n`;
  expect(outputs('target/')).toEqual(of(chosen, 'target/out/../', same));
  const left = names.filter((name) => !chosen.includes(name));
  expect([...server.objects.keys()].filter((name) => name.startsWith('source/')).sort()).toEqual(
    [
      ...left.map((name) => `source/in/${name}`),
      'source/b.txt',
      'source/in/y.txt',
      'source/in/z.txt',
      'source/x.txt',
    ].sort(),
  );
});

test('s3.inspect and s3.copy by the keys themselves', async () => {
  const source = { bucket: 'source', keys: names.map((name) => `in/${name}`) };
  await runStep(s3, 's3.copy', { source, target: { bucket: 'target', prefix: '' } });
  expect(outputs('target/')).toEqual(of(names, 'target/in/', (name) => `keep ${name}\ndrop\n`));
  const output = await runStep(s3, 's3.inspect', { source, target: { bucket: 'lists', key: '../list' } });
  expect(output).toMatchObject({ objects: names.length, lines: 2 * names.length });
  const lines = server.objects.get('lists/../list')?.toString().trimEnd().split('\n') ?? [];
  expect(lines.map((line) => JSON.parse(line).key).sort()).toEqual([...source.keys].sort());
});
