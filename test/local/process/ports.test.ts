import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { connects, freePort, portProblems } from '../../../src/local/process/ports.js';

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function taken(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('a taken port is named with its variable and, where it can be told, its holder', async () => {
  const [port, free] = [await taken(), await freePort(0)];
  const problems = await portProblems([
    { port: free, purpose: 'API', variable: 'ALMANAC_PORT' },
    { port, purpose: 'S3', variable: 'ALMANAC_S3_PORT' },
  ]);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(
    new RegExp(
      `^port ${port} \\(S3\\) is taken( by .+ \\(pid ${process.pid}\\))?: set ALMANAC_S3_PORT to another port$`,
    ),
  );
});

test('one port for two is a problem, too', async () => {
  const port = await freePort(0);
  const problems = await portProblems([
    { port, purpose: 'API', variable: 'ALMANAC_PORT' },
    { port, purpose: 'S3', variable: 'ALMANAC_S3_PORT' },
  ]);
  expect(problems).toEqual([`port ${port} is asked for twice, by ALMANAC_PORT and ALMANAC_S3_PORT: choose two`]);
});

test('a preferred port is taken when it is free, and another otherwise', async () => {
  const [busy, free] = [await taken(), await freePort(0)];
  expect(await freePort(free)).toBe(free);
  expect(await freePort(busy)).not.toBe(busy);
  expect(await freePort(70_000)).toBeLessThanOrEqual(65_535);
});

test('connects says whether something listens', async () => {
  const port = await taken();
  await expect(connects(`127.0.0.1:${port}`)).resolves.toBeUndefined();
  await expect(connects(`127.0.0.1:${await freePort(0)}`)).rejects.toThrow('ECONNREFUSED');
});
