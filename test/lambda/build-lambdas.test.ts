import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltLambda, buildLambdas } from '../../scripts/build-lambdas.mjs';

const run = promisify(execFile);
const out = mkdtempSync(path.join(tmpdir(), 'almanac-lambda-'));
const node = [process.execPath];
let first: BuiltLambda;
let cache: string;

const filesOf = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name)).toString('hex')]));

/** What a process prints that loads the bundle and says what it exports. */
async function load(folder: string, ...flags: string[]) {
  const script = `console.log(typeof require(${JSON.stringify(path.join(folder, 'index.js'))}).handler)`;
  const { stdout, stderr } = await run(process.execPath, [...flags, '-e', script]);
  return { exported: stdout.trim(), said: stderr };
}

beforeAll(async () => {
  const [built] = await buildLambdas({ out, names: ['callbacks'], node });
  if (built?.codeCache === undefined) throw new Error('no code cache was made');
  first = built;
  cache = path.join(built.folder, built.codeCache);
}, 60_000);
afterAll(() => rmSync(out, { recursive: true, force: true }));

describe('the bundle of a Lambda', () => {
  it('is the same, its code cache too, when nothing changed', async () => {
    const before = filesOf(first.folder);
    const [again] = await buildLambdas({ out, names: ['callbacks'], node });
    expect(again?.digest).toBe(first.digest);
    expect(filesOf(first.folder)).toEqual(before);
  }, 60_000);

  it('runs from its code cache, also with --expose-gc, with which Lambda starts Node', async () => {
    expect(await load(first.folder)).toEqual({ exported: 'function', said: '' });
    expect(await load(first.folder, '--expose-gc')).toEqual({ exported: 'function', said: '' });
  });

  it('reads what import() brings, and loads what few calls need of Node, when it is needed', async () => {
    const script = `
      const { loader } = require(${JSON.stringify(path.join(first.folder, 'index.js'))});
      const isLoaded = () => process.moduleLoadList.includes('NativeModule zlib');
      const [before, zlib] = [[...loader.scripts.keys()], isLoaded()];
      loader.addChunks('later');
      const sdk = Object.keys(loader.chunks).find((name) => name.startsWith('./secrets-sdk'));
      const { SecretsManagerClient } = loader.requireChunk(sdk);
      const rejected = [...loader.scripts.values()].map(({ cachedDataRejected }) => cachedDataRejected);
      console.log(JSON.stringify({ before, zlib, sdk: typeof SecretsManagerClient, rejected }));`;
    const { stdout } = await run(process.execPath, ['-e', script]);
    expect(JSON.parse(stdout)).toEqual({ before: ['app'], zlib: false, sdk: 'function', rejected: [false, false] });
  });

  it('is compiled anew, and says so, where the code cache does not fit', async () => {
    const { exported, said } = await load(first.folder, '--no-lazy');
    expect(exported).toBe('function');
    expect(JSON.parse(said).msg).toContain('the code cache is not for this Node');
    const good = readFileSync(cache);
    truncateSync(cache, 100);
    expect((await load(first.folder)).exported).toBe('function');
    writeFileSync(cache, good);
  });

  it('is made without a code cache when Lambda’s Node is not to be had', async () => {
    const folder = path.join(out, 'without');
    const [built] = await buildLambdas({ out: folder, names: ['callbacks'], node: ['/there/is/no/such/node'] });
    expect(built?.codeCache).toBeUndefined();
    expect(await load(path.join(folder, 'callbacks'))).toEqual({ exported: 'function', said: '' });
  }, 60_000);
});
