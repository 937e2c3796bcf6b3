// `npm run test:fuzz [-- --seconds 180 --seed 1 --checks all]`: schemathesis against /openapi.json of a whole platform in a temporary
// home. No answer may be a 5xx, and each must be one that the contract has. Most calls of callbacks carry a link of a step that
// waits, the others an invented one. Needs python3 with venv; the pinned release comes from PyPI into the cache folder. Ends with schemathesis's own exit code.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { build } from './setup/build.mjs';
import { exitWithMessage, SetupError } from './setup/failure.mjs';
import { freePort } from './setup/free-port.mjs';

const version = '4.32.5';
const conformance = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'missing_required_header',
  'ignored_auth',
];
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '180' },
    seed: { type: 'string', default: '1' },
    checks: { type: 'string', default: conformance.join(',') },
  },
});

/** A virtual environment with the pinned schemathesis; one that was cut off in the middle is not taken for whole. */
async function schemathesis() {
  const { cacheFolder } = await import('../dist/src/config.js');
  const folder = path.join(cacheFolder(), `schemathesis-${version}`);
  const program = path.join(folder, 'bin', 'schemathesis');
  if (existsSync(path.join(folder, 'complete'))) return program;
  process.stderr.write(`Installing schemathesis ${version}\n`);
  rmSync(folder, { recursive: true, force: true });
  try {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    const pip = path.join(folder, 'bin', 'pip');
    const quiet = ['--quiet', '--disable-pip-version-check'];
    execFileSync(pip, ['install', ...quiet, `schemathesis==${version}`], { stdio: ['ignore', 'inherit', 'inherit'] });
  } catch (error) {
    throw new SetupError(`schemathesis could not be installed: ${error.message}. It needs python3 with venv, and PyPI`);
  }
  writeFileSync(path.join(folder, 'complete'), '');
  return program;
}

/** The whole platform, with the sample schedules, in a home of its own. */
async function startPlatform() {
  const home = mkdtempSync(path.join(tmpdir(), 'almanac-fuzz-'));
  const port = await freePort();
  const child = spawn(process.execPath, ['dist/src/local/main.js'], {
    cwd: path.resolve(import.meta.dirname, '..'),
    env: {
      ...process.env,
      ALMANAC_HOME: home,
      ALMANAC_PORT: String(port),
      ALMANAC_TEMPORAL_PORT: String(await freePort()),
      ALMANAC_S3_PORT: String(await freePort()),
      ALMANAC_SES_PORT: String(await freePort()),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ready = new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      if (output.includes('Almanac is ready')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new SetupError(`the platform ended with ${code}:\n${output}`)));
  });
  await ready;
  return {
    home,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Tokens of steps that wait for their callbacks: enough for the calls that end one. */
async function waitingTokens({ url }, key, count = 60) {
  const call = async (method, route, body) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await fetch(url + route, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new SetupError(`${method} ${route}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  await call('PUT', '/v1/schedules/fuzzed', {
    id: 'fuzzed',
    paused: true,
    spec: { intervals: [{ every: '1d' }] },
    policies: { overlap: 'allowAll' },
    action: { steps: [{ id: 'wait', uses: 'callback.wait', timeout: '1d' }] },
  });
  for (let run = 0; run < count; run += 1) await call('POST', '/v1/schedules/fuzzed/trigger', {});
  const waiting = await until(async () => {
    const { items } = await call('GET', `/v1/callbacks?pageSize=${count}`);
    return items.length >= count && items;
  });
  return Promise.all(
    waiting.map(async ({ workflowId, step }) => {
      const run = encodeURIComponent(workflowId);
      const { complete } = await call('POST', `/v1/runs/${run}/steps/${step}/links`, {});
      return complete.split('/').at(-2);
    }),
  );
}

async function until(found) {
  const end = Date.now() + 60_000;
  for (;;) {
    const result = await found();
    if (result) return result;
    if (Date.now() > end) throw new SetupError('the steps that are to be called back did not begin within 60 s');
    await delay(200);
  }
}

/** Links in place of most invented tokens. */
function configuration(tokens) {
  return [
    '[dictionaries.tokens]',
    `values = ${JSON.stringify(tokens)}`,
    '[parameters]',
    '"path.token" = { dictionary = "tokens", probability = 0.8 }',
    '',
  ].join('\n');
}

async function main() {
  await build();
  const program = await schemathesis();
  const platform = await startPlatform();
  try {
    const key = readFileSync(path.join(platform.home, 'admin.key'), 'utf8').trim();
    const configFile = path.join(platform.home, 'schemathesis.toml');
    writeFileSync(configFile, configuration(await waitingTokens(platform, key)));
    const run = spawn(
      program,
      [
        ...['--config-file', configFile, 'run', `${platform.url}/openapi.json`],
        ...['--header', `Authorization: Bearer ${key}`],
        ...['--seed', values.seed, '--max-time', values.seconds, '--workers', '1', '--checks', values.checks],
        ...['--continue-on-failure', '--suppress-health-check', 'all', '--generation-database', 'none'],
      ],
      // It keeps files of its own where it runs. One worker: two meet a fault of CPython 3.11's parser, and a seed would say less.
      { cwd: platform.home, stdio: 'inherit' },
    );
    const [code] = await once(run, 'exit');
    process.exitCode = code ?? 1;
  } finally {
    await platform.stop();
  }
}

main().catch(exitWithMessage);
