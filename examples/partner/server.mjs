// A warehouse that Almanac asks to load data: `POST /loads` is answered at once, the work goes on, and its end is told to the
// callback addresses that came with the request. Plain Node, no packages.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { callback, isCancelNotice, signatureFault } from './almanac-callback.mjs';
import { load } from './load.mjs';

const { env } = process;
const port = Number(env.PARTNER_PORT ?? 8710);
const secret =
  env.PARTNER_WEBHOOK_SECRET ||
  (env.PARTNER_WEBHOOK_SECRET_FILE ? readFileSync(env.PARTNER_WEBHOOK_SECRET_FILE, 'utf8').trim() : undefined);
const batches = Number(env.PARTNER_BATCHES ?? 10);
const batchMs = Number(env.PARTNER_BATCH_MS ?? 200);
const maxBody = 1024 * 1024;

/**
 * What was asked for by idempotency key. A real system keeps this in its database, in the transaction that takes the job.
 * @type {Map<string, 'running' | 'completed' | 'failed' | 'cancelled' | 'refused'>}
 */
const jobs = new Map();
/**
 * How to stop what runs, by idempotency key.
 * @type {Map<string, AbortController>}
 */
const running = new Map();

const server = createServer((request, response) => {
  handle(request).then(
    ([status, body]) => answer(response, status, body),
    (error) => {
      console.error('request failed:', error.message);
      answer(response, 500, { message: 'internal error' });
    },
  );
});

/** @returns {Promise<[number, object]>} */
async function handle(request) {
  const url = new URL(request.url, 'http://partner');
  if (request.method === 'GET' && url.pathname === '/health') return [200, { status: 'ok', jobs: jobs.size }];
  if (request.method !== 'POST' || url.pathname !== '/loads') return [404, { message: 'POST /loads' }];
  const text = await readText(request);
  if (text === undefined) return [413, { message: 'the body is over 1 MiB' }];
  const fault = secret === undefined ? undefined : signatureFault(secret, request.headers, text);
  if (fault !== undefined) return [401, { message: fault }];
  const body = parse(text);
  if (isCancelNotice(body)) return giveUp(body.data);
  if (body?.callback?.complete === undefined) return [400, { message: 'a JSON object with callback links is needed' }];
  return take(request.headers['idempotency-key'] ?? body.callback.complete, toJob(body, url), body.callback);
}

/** Takes a job once, however often it is asked for; a job that failed is done again when Almanac asks again. */
function take(key, job, links) {
  const state = jobs.get(key);
  if (state === 'running' || state === 'completed') return [202, { accepted: true, repeated: true, state }];
  jobs.set(key, 'running');
  if (env.PARTNER_MANUAL === '1') {
    console.log(`taken: ${job.rows} rows for ${job.table}; yours to answer:\n${JSON.stringify(links, null, 2)}`);
    return [202, { accepted: true }];
  }
  console.log(`taken: ${job.rows} rows for ${job.table}`);
  const stop = new AbortController();
  running.set(key, stop);
  const step = callback(links.complete.replace(/\/complete$/, ''), { secret });
  load(job, step, stop.signal)
    .then(
      (end) => {
        jobs.set(key, end);
        console.log(`${end}: ${job.table}`);
      },
      (error) => {
        jobs.delete(key);
        console.error(`given up: ${job.table}: ${error.message}`);
      },
    )
    .finally(() => running.delete(key));
  return [202, { accepted: true }];
}

/** A cancel notice: nobody waits for the job any more. It may be about one that is not known here, or not any more. */
function giveUp({ idempotencyKey, step, reason }) {
  console.log(`told to stop (${reason}): ${step}`);
  running.get(idempotencyKey)?.abort(reason);
  return [200, { stopped: running.has(idempotencyKey) }];
}

function toJob(body, url) {
  return {
    table: String(body.table ?? 'table'),
    rows: Number.isFinite(body.rows) ? body.rows : 100,
    fail: body.fail === true || url.searchParams.has('fail') || env.PARTNER_FAIL === '1',
    batches,
    batchMs,
  };
}

async function readText(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > maxBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

server.on('error', (error) => {
  console.error(error.code === 'EADDRINUSE' ? `port ${port} is taken: set PARTNER_PORT` : error.message);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => {
  const { port: bound } = server.address();
  console.log(`partner listens on http://127.0.0.1:${bound}${secret ? ' and checks signatures' : ''}`);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
