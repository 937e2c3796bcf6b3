'use strict';
// Run by the very Node that will run the Lambda: node make-code-cache.cjs FOLDER writes FOLDER/app.<v8>.<arch>.cache, and that of later.js.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const folder = path.resolve(process.argv[2]);

const definition = {
  id: 'warm-up',
  spec: { cron: ['0 2 * * 1-5'], timezone: 'Europe/Berlin' },
  action: { steps: [{ id: 'rest', uses: 'wait', with: { duration: '1s' } }] },
};

// Nothing is reached: a closed port, a keyring of zeros. Output of the calls would be taken for that of the build.
Object.assign(process.env, {
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  TEMPORAL_CONFIG_FILE: path.join(folder, 'there-is-no-such.toml'),
  ALMANAC_LOG_LEVEL: 'error',
  ALMANAC_API_KEYS: JSON.stringify([
    { name: 'nobody', role: 'viewer', sha256: createHash('sha256').update('warm-up').digest('hex') },
  ]),
  ALMANAC_CALLBACK_KEYS: JSON.stringify({
    current: 'none',
    keys: [{ kid: 'none', secret: 'A'.repeat(43), createdAt: '2026-01-01T00:00:00Z' }],
  }),
});

void main();

async function main() {
  const { handler, loader } = require(path.join(folder, 'index.js'));
  // What these calls run is compiled by now and goes into the cache too.
  const start = '2026-01-01T00:00:00Z';
  for (const [method, route, body = {}] of [
    ['GET', '/health'],
    ['GET', '/v1/schedules'],
    ['POST', '/v1/fire-times', { definition, start, end: '2026-02-01T00:00:00Z' }],
    ['POST', '/v1/callbacks/none/complete'],
  ]) {
    await handler(event(method, route, body), { awsRequestId: 'warm-up' });
  }
  loader.addChunks('later');
  for (const name of Object.keys(loader.chunks)) loader.requireChunk(name);
  const files = [...loader.scripts].map(([name, script]) => {
    const file = `${name}.${process.versions.v8}.${process.arch}.cache`;
    fs.writeFileSync(path.join(folder, file), script.createCachedData());
    return file;
  });
  process.stdout.write(JSON.stringify({ files, node: process.version }));
  process.exit(0);
}

function event(method, rawPath, body) {
  const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'build' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: { host: 'localhost', authorization: 'Bearer warm-up', 'content-type': 'application/json' },
    requestContext: { domainName: 'localhost', http, requestId: 'warm-up', stage: '$default' },
    body: method === 'POST' ? JSON.stringify(body) : undefined,
    isBase64Encoded: false,
  };
}
