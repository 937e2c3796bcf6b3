// `node bench/synth.mjs [runs]`: time of `cdk synth` of all stacks, from nothing compiled and with everything renewed, in each mode
// of Temporal. Needs no credentials and no Docker.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';

const runs = Number(process.argv[2] ?? 3);
const folder = mkdtempSync(path.join(tmpdir(), 'almanac-synth-'));
const modes = {
  cloud: { mode: 'cloud', address: 'a.b.tmprl.cloud:7233', namespace: 'a.b', apiKeySecret: 'key' },
  existing: { mode: 'existing', address: 'temporal.example.com:7233' },
  'self-hosted': { mode: 'self-hosted' },
};

try {
  for (const [name, temporal] of Object.entries(modes)) {
    const config = path.join(folder, `${name}.json`);
    writeFileSync(config, JSON.stringify({ region: 'eu-central-1', temporal }));
    const times = Array.from({ length: runs }, () => synth(config)).sort((a, b) => a - b);
    const [fastest] = times;
    const median = times[Math.floor(times.length / 2)];
    console.log(`${name}: median ${median.toFixed(1)} s, fastest ${fastest.toFixed(1)} s, n = ${runs}`);
  }
  console.log(`goal: under 15 s; load of the machine at the end ${loadavg()[0].toFixed(1)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function synth(config) {
  const start = performance.now();
  const command = [
    'node_modules/aws-cdk/bin/cdk',
    'synth',
    '--quiet',
    '--output',
    path.join(folder, 'out'),
    '-c',
    `config=${config}`,
  ];
  execFileSync(process.execPath, command, { stdio: 'ignore', env: { ...process.env, CDK_DISABLE_VERSION_CHECK: '1' } });
  return (performance.now() - start) / 1000;
}
