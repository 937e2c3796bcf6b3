import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, isAlive, type StartedPlatform, TestPlatform } from '../../support/test-platform.js';

// One platform through the life of a laptop, in order: each test starts where the one before it stopped.
let platform: TestPlatform;
let running: StartedPlatform;

beforeAll(async () => {
  platform = await TestPlatform.create();
});

afterAll(() => platform.remove());

async function health(): Promise<{ status: string; components: { name: string; status: string; pid: number }[] }> {
  const response = await fetch(`${platform.url}/health`);
  return (await response.json()) as Awaited<ReturnType<typeof health>>;
}

function ask(route: string): Promise<Response> {
  const key = readFileSync(path.join(platform.home, 'admin.key'), 'utf8').trim();
  return fetch(`${platform.url}${route}`, { headers: { authorization: `Bearer ${key}` } });
}

async function scheduleIds(): Promise<string[]> {
  const { items } = (await (await ask('/v1/schedules')).json()) as { items: { id: string }[] };
  return items.map(({ id }) => id).sort();
}

test('a first start brings everything up, applies schedules/ and says what is where', async () => {
  running = await platform.start();
  for (const text of [platform.url, '/local/mail', 'admin.key', 'npx almanac trigger']) {
    expect(running.output).toContain(text);
  }
  const { status, components } = await health();
  expect(status).toBe('ok');
  expect(components.map(({ name, pid }) => [name, pid]).sort()).toEqual(
    ['api', 's3', 'temporal', 'worker'].map((name) => [name, platform.pid(name)]),
  );
  expect(await scheduleIds()).toContain('nightly-late-flights');
  expect(statSync(platform.home).mode & 0o777).toBe(0o700);
});

test('a second start says that one is running, and changes nothing', async () => {
  const second = platform.spawn();
  expect(await second.exited).toBe(1);
  expect(second.output).toContain(`already running here (pid ${running.process.pid}`);
  expect(second.output).toContain(platform.url);
  expect((await health()).status).toBe('ok');
});

test('a worker that dies is named with its log and started again', async () => {
  const worker = platform.pid('worker');
  process.kill(worker, 'SIGKILL');
  await running.said('worker ended by itself (signal SIGKILL)');
  await running.said('It is started again in 0.5 s (1 of 5 within a minute)');
  await eventually('another worker', async () => {
    const found = (await health()).components.find(({ name }) => name === 'worker');
    return found !== undefined && found.pid !== worker && isAlive(found.pid);
  });
  const address = platform.state().components.find(({ name }) => name === 'worker')?.address;
  await eventually('it polls', () =>
    fetch(`${address}/health`).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
});

test('after SIGKILL of the platform alone a new start ends what it left, and nothing is lost', async () => {
  const before = await scheduleIds();
  const [temporal, s3, api] = [platform.pid('temporal'), platform.pid('s3'), platform.pid('api')];
  running.process.kill('SIGKILL');
  await running.exited;
  await eventually('the API ends by itself', () => !isAlive(api));
  expect([isAlive(temporal), isAlive(s3)]).toEqual([true, true]);
  running = await platform.start();
  expect(running.output).toContain(`temporal (pid ${temporal}), s3 (pid ${s3})`);
  expect([isAlive(temporal), isAlive(s3)]).toEqual([false, false]);
  expect(running.output).toContain(`0 created, 0 updated, ${before.length} unchanged`);
  expect(await scheduleIds()).toEqual(before);
});

test('SIGTERM ends every process, in order, with exit code 0', async () => {
  const pids = platform.state().components.map(({ pid }) => pid);
  running.process.kill('SIGTERM');
  expect(await running.exited).toBe(0);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(() => platform.state()).toThrow('no platform.json');
});

test('a taken port is named before anything starts', async () => {
  const other = createServer().listen(platform.port('ALMANAC_S3_PORT'), '127.0.0.1');
  try {
    const refused = platform.spawn();
    expect(await refused.exited).toBe(1);
    expect(refused.output).toContain(`port ${platform.port('ALMANAC_S3_PORT')} (S3) is taken`);
    expect(refused.output).toContain('set ALMANAC_S3_PORT to another port');
    expect(() => platform.state()).toThrow('no platform.json');
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test('a start while another one ends waits for it', async () => {
  running = await platform.start();
  running.process.kill('SIGINT');
  await eventually('it says that it ends', () => {
    try {
      return platform.state().ending === true;
    } catch {
      return true;
    }
  });
  const next = await platform.start();
  expect(await running.exited).toBe(0);
  running = next;
});

test('a dead S3 server ends the platform with its name and log, and nothing is left', async () => {
  const pids = platform.state().components.map(({ pid }) => pid);
  process.kill(platform.pid('s3'), 'SIGKILL');
  expect(await running.exited).toBe(1);
  expect(running.output).toContain('s3 ended by itself (signal SIGKILL)');
  expect(running.output).toContain(path.join(platform.home, 'logs/s3.log'));
  expect(running.output).toContain('The platform can not go on without it');
  expect(pids.filter(isAlive)).toEqual([]);
});

test('an unusable environment is told at once, whole', async () => {
  const refused = platform.spawn({ ALMANAC_PORT: 'eighty', ALMANAC_S3_PORT: '-1' });
  expect(await refused.exited).toBe(2);
  expect(refused.output).toMatch(/ALMANAC_PORT: .*ALMANAC_S3_PORT: /);
});
