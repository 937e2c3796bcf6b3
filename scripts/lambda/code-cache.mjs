// V8's code cache of a bundle: made by the Node of Lambda, kept while bundle and Node are the same.

import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const maker = fileURLToPath(new URL('./make-code-cache.cjs', import.meta.url));
const run = promisify(execFile);

/** Lambda's runtime is nodejs24.x on Linux and arm64; the npm package brings the binary of that version for the machine at hand. */
const nodeOfLambda = ['npx', '-y', 'node@24'];
const platformOfLambda = 'linux-arm64';

/**
 * Puts the caches into the folder `next`: that of the folder `last` when it is of the same bundle, else a new one. V8 refuses a cache that another
 * build of Node made, so a wrong one costs nothing but its place.
 *
 * @param {{ next: string, last: string, digest: string, node?: string[] | null }} options
 * @returns {Promise<string | undefined>} name of the file of app.js; undefined when there is none, and standard error says why
 */
export async function codeCache({ next, last, digest, node = commandFromEnvironment() }) {
  if (node === null) return undefined;
  const kept = cachesOf(last, digest);
  if (kept.length > 0) {
    for (const name of kept) copyFileSync(path.join(last, name), path.join(next, name));
    return ofApp(kept);
  }
  const [command = '', ...args] = node;
  try {
    const { stdout } = await run(command, [...args, maker, next], { timeout: 60_000 });
    return ofApp(JSON.parse(stdout).files);
  } catch (error) {
    const reason = String(error.stderr || error.message)
      .trim()
      .split('\n')
      .at(-1);
    process.stderr.write(`no code cache for ${path.basename(last)}, so it starts more slowly: ${reason}\n`);
    return undefined;
  }
}

function cachesOf(folder, digest) {
  const file = path.join(folder, 'digest');
  if (!existsSync(file) || readFileSync(file, 'utf8').trim() !== digest) return [];
  return readdirSync(folder).filter((name) => name.endsWith('.cache'));
}

function ofApp(files) {
  return files.find((name) => name.startsWith('app.'));
}

/**
 * `ALMANAC_LAMBDA_NODE`: a command as in a shell, without quotes; `none` for no cache. Best is the Node of Lambda's own image, which also
 * runs on machines of another kind:
 * `docker run --rm --platform linux/arm64 -v $PWD:$PWD --entrypoint node public.ecr.aws/lambda/nodejs:24`.
 */
function commandFromEnvironment() {
  const text = process.env.ALMANAC_LAMBDA_NODE?.trim();
  if (text === 'none') return null;
  if (text) return text.split(/\s+/);
  const here = `${process.platform}-${process.arch}`;
  if (here === platformOfLambda) return nodeOfLambda;
  if (!isSaid) {
    isSaid = true;
    process.stderr.write(
      `no code cache: Lambda is ${platformOfLambda}, this machine ${here}; ALMANAC_LAMBDA_NODE can name a Node of that kind (docs/deploy.md, "Fast first answers")\n`,
    );
  }
  return null;
}
let isSaid = false;
