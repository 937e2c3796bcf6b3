// What a cold start costs: the shipped bundle of each Lambda against a plain esbuild bundle of the same handler, both on the Node that runs
// this, in turns, each start in a process of its own.
//   load: `require` of index.js. first call: GET /health against a real Temporal server, connection and all. both: the two together, which tells
//   work that was saved from work that was only put off. RSS: after that call.
//   node bench/cold-start.mjs [--n 15] [--cache 0]      Lambda's Node: npx -y node@24 bench/cold-start.mjs
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createTemporalClient } from '../dist/src/clients/temporal.js';
import { searchAttributes } from '../dist/src/domain/temporal-names.js';
import { buildLambdas, bundlePlain } from '../scripts/build-lambdas.mjs';
import { median, option, startTemporal, temporalBinary } from './support.mjs';

const n = option('n', 15);
const withCache = option('cache', 1) === 1;
const limits = { load: 0.4, rss: 0.8 };
const names = ['control', 'callbacks'];
const folder = mkdtempSync(path.join(tmpdir(), 'almanac-bench-'));
const server = await startTemporal(await temporalBinary(), searchAttributes);

/** Run in the process that is measured. */
const measure = `
const http = { method: 'GET', path: '/health', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' };
const requestContext = { domainName: 'localhost', http, requestId: 'r', stage: '$default' };
const event = { version: '2.0', routeKey: '$default', rawPath: '/health', rawQueryString: '', headers: {}, requestContext };
const begin = performance.now();
const { handler } = require(process.argv[1]);
const loaded = performance.now();
handler(event, { awsRequestId: 'r' }).then(({ statusCode, body }) => {
  const answered = performance.now();
  if (statusCode !== 200) throw new Error(body);
  process.stdout.write(JSON.stringify({ load: loaded - begin, call: answered - loaded, both: answered - begin, rss: process.memoryUsage().rss / 1e6 }));
  process.exit(0);
});
`;

try {
  const built = await buildLambdas({
    out: path.join(folder, 'shipped'),
    names,
    node: withCache ? [process.execPath] : null,
  });
  for (const name of names) {
    const plain = path.join(folder, 'plain', name);
    mkdirSync(plain, { recursive: true });
    writeFileSync(path.join(plain, 'package.json'), '{"type":"commonjs"}\n');
    await bundlePlain(`src/api/lambda-${name}.ts`, path.join(plain, 'index.js'));
  }
  await untilServes();
  const { codeCache } = built[0];
  console.log(`Node ${process.version}, ${withCache ? `code cache ${codeCache}` : 'no code cache'}, ${n} starts each`);
  for (const name of names) await compare(name);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function compare(name) {
  const samples = { plain: [], shipped: [] };
  for (let turn = 0; turn <= n; turn += 1) {
    for (const kind of ['plain', 'shipped']) {
      const sample = await coldStart(path.join(folder, kind, name));
      // The first turn fills the file cache.
      if (turn > 0) samples[kind].push(sample);
    }
  }
  const medians = Object.fromEntries(
    Object.entries(samples).map(([kind, list]) => [
      kind,
      Object.fromEntries(Object.keys(list[0]).map((key) => [key, median(list.map((sample) => sample[key]))])),
    ]),
  );
  for (const [kind, { load, call, both, rss }] of Object.entries(medians)) {
    console.log(
      `${name} ${kind}: load ${load.toFixed(0)} ms, first call ${call.toFixed(0)} ms, both ${both.toFixed(0)} ms, RSS ${rss.toFixed(0)} MB`,
    );
  }
  const ratio = (key) => medians.shipped[key] / medians.plain[key];
  console.log(
    `${name}: load ${ratio('load').toFixed(2)} x (at most ${limits.load}), first call ${ratio('call').toFixed(2)} x, both ${ratio('both').toFixed(2)} x, ` +
      `RSS ${ratio('rss').toFixed(2)} x (at most ${limits.rss})`,
  );
  if (withCache && (ratio('load') > limits.load || ratio('rss') > limits.rss)) process.exitCode = 1;
}

/** @returns {Promise<{ load: number, call: number, both: number, rss: number }>} milliseconds and MB (10^6) */
async function coldStart(bundle) {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', measure, path.join(bundle, 'index.js')], {
    env: {
      PATH: process.env.PATH,
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_CONFIG_FILE: path.join(folder, 'none.toml'),
      ALMANAC_LOG_LEVEL: 'error',
      ALMANAC_CALLBACK_KEYS: JSON.stringify({
        current: 'k',
        keys: [{ kid: 'k', secret: 'A'.repeat(43), createdAt: '2026-01-01T00:00:00Z' }],
      }),
      ALMANAC_API_KEYS: JSON.stringify([{ name: 'n', role: 'viewer', sha256: '0'.repeat(64) }]),
    },
  });
  return JSON.parse(stdout);
}

async function untilServes() {
  const client = createTemporalClient({ connection: { address: server.address }, namespace: 'default' });
  for (;;) {
    try {
      await client.withDeadline(Date.now() + 1_000, () =>
        client.workflowService.describeNamespace({ namespace: 'default' }),
      );
      return await client.connection.close();
    } catch {
      await delay(200);
    }
  }
}
