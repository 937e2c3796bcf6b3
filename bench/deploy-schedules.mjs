// A deploy of many new schedules by the handler of the custom resource, against `client.schedule.create` for each at the same
// concurrency and with the same spec, input, memo and search attributes, on one Temporal dev server in memory. The handler reads the set from
// an S3 server, looks at the namespace, plans, applies, reads back and reports. In turns as in apply.mjs. Target: at least 0.9 of the rate of
// the calls alone.
//   node bench/deploy-schedules.mjs [--schedules 1000] [--rounds 3]
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createTemporalClient } from '../dist/src/clients/temporal.js';
import { handleRequest } from '../dist/src/deploy/schedules/handle-request.js';
import { searchAttributes } from '../dist/src/domain/temporal-names.js';
import { createdBySdk, definitionsOf, settled } from './definitions.mjs';
import { startS3 } from './s3-support.mjs';
import { median, option, quietLogger, seconds, startTemporal, temporalBinary } from './support.mjs';

const schedules = option('schedules', 1_000);
const rounds = option('rounds', 3);
/** As apply has it. */
const concurrency = 10;
const taskQueue = 'bench';

const server = await startTemporal(await temporalBinary(), searchAttributes);
const s3 = await startS3();
const client = createTemporalClient({ connection: { address: server.address }, namespace: 'default' });
try {
  await client.connection.ensureConnected();
  // What runs for the first time is compiled on the way: a small turn of each does not count.
  await turn('handler', 'warm-up', 20);
  await turn('sdk', 'warm-up', 20);
  const rates = { handler: [], sdk: [] };
  for (let round = 1; round <= rounds; round += 1) {
    const order = round % 2 === 1 ? ['handler', 'sdk'] : ['sdk', 'handler'];
    for (const side of order) rates[side].push(await turn(side, `round-${round}`, schedules));
  }
  const ratios = rates.handler.map((rate, round) => rate / rates.sdk[round]);
  const [handler, sdk] = Object.values(rates).map(median);
  console.log(
    `deploy of ${schedules} new schedules, ${concurrency} at once, medians of ${rounds}: handler ${handler.toFixed(0)}/s, ` +
      `client.schedule.create ${sdk.toFixed(0)}/s; ratio ${median(ratios).toFixed(2)}, rounds ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')} (target 0.9)`,
  );
} finally {
  await client.connection.close();
  await s3.stop();
  await server.stop();
}

/** Schedules a second of one side, after which the server is done with them. */
async function turn(side, name, count) {
  const rate = await (side === 'handler'
    ? deployed(name, count)
    : createdBySdk(client, { taskQueue, concurrency }, name, count));
  await settled(client, side === 'handler' ? name : `sdk-${name}`, count);
  return rate;
}

/** Schedules a second of one Create. */
async function deployed(owner, count) {
  const text = JSON.stringify({ format: 1, definitions: definitionsOf(owner, count) });
  const digest = createHash('sha256').update(text).digest('hex');
  const properties = { bucket: 'source', key: `${digest}.schedules`, digest, owner, temporal: 'bench' };
  await s3.client.send(new PutObjectCommand({ Bucket: 'source', Key: properties.key, Body: gzipSync(text) }));
  const begin = performance.now();
  const { Data } = await handleRequest(
    { RequestType: 'Create', ResourceProperties: properties },
    { client, s3: s3.client, taskQueue, temporal: 'bench', log: quietLogger, endsAt: Date.now() + 900_000 },
  );
  const rate = count / seconds(begin);
  if (!Data.Summary.startsWith(`${count} created`)) throw new Error(`deploy of ${count}: ${Data.Summary}`);
  return rate;
}
