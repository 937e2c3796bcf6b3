import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { provideBinary, type Tool, temporalCli, versitygw } from '../../../src/local/binaries/index.js';
import { cachedFile } from '../../../src/local/binaries/workspace.js';
import { createProgress } from '../../../src/local/progress.js';

// Real processes, which take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

/** The way a binary came, told by what it prints. */
let base: string;
let output: string;
let server: Server | undefined;

beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'almanac-binaries-'));
  output = '';
});

afterEach(async () => {
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
  rmSync(base, { recursive: true });
});

function provide(tool: Tool, env: NodeJS.ProcessEnv = {}, releaseUrl = 'http://127.0.0.1:1') {
  return provideBinary(tool, {
    env: { PATH: '', ...env },
    cache: path.join(base, 'cache'),
    root: path.join(base, 'no-checkout'),
    progress: createProgress({ write: (text) => (output += text) }),
    signal: new AbortController().signal,
    releaseUrl,
  });
}

function script(file: string, prints: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho '${prints}'\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A release folder like GitHub's: archives made with tar, one checksums.txt. */
async function release(tool: Tool, options: { folder?: string; checksum?: string } = {}): Promise<string> {
  const asset = tool.asset({ os: process.platform, arch: process.arch }) ?? 'unknown';
  const content = path.join(base, 'content', options.folder ?? '');
  script(path.join(content, tool.name), 'from the release');
  const archive = path.join(base, asset);
  execFileSync('tar', ['-czf', archive, '-C', path.join(base, 'content'), '.']);
  const sum = options.checksum ?? createHash('sha256').update(readFileSync(archive)).digest('hex');
  const files = new Map<string | undefined, Buffer>([
    ['/releases/checksums.txt', Buffer.from(`${'0'.repeat(64)}  other.tar.gz\n${sum}  ${asset}\n`)],
    [`/stored/${asset}`, readFileSync(archive)],
  ]);
  server = createServer((request, response) => {
    if (request.url === `/releases/${asset}`) {
      response.writeHead(302, { location: `/stored/${asset}` }).end();
      return;
    }
    const body = files.get(request.url);
    response.writeHead(body === undefined ? 404 : 200, { 'content-length': body?.length ?? 0 }).end(body);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/releases`;
}

test('the order: variable, cache, PATH, release', async () => {
  const url = await release(temporalCli);
  const chosen = script(path.join(base, 'mine/any-name'), 'mine');
  const onPath = script(path.join(base, 'path/temporal'), 'temporal version 1.9.0 (Server 1.32.0)');
  const env = { TEMPORAL_CLI: chosen, PATH: `${path.join(base, 'empty')}:${path.dirname(onPath)}:/usr/bin:/bin` };

  expect(await provide(temporalCli, env, url)).toBe(chosen);
  expect(await provide(temporalCli, { PATH: env.PATH }, url)).toBe(onPath);
  expect(existsSync(path.join(base, 'cache'))).toBe(false);

  script(onPath, 'temporal version 1.8.1 (Server 1.31.0)');
  const downloaded = await provide(temporalCli, { PATH: env.PATH }, url);
  expect(downloaded).toBe(cachedFile(temporalCli, path.join(base, 'cache')));
  expect(execFileSync(downloaded, { encoding: 'utf8' })).toBe('from the release\n');
  expect(output).toMatch(/✓ Downloading Temporal CLI 1\.8\.2/);

  script(onPath, 'temporal version 1.9.0 (Server 1.32.0)');
  expect(await provide(temporalCli, { PATH: env.PATH }, url)).toBe(downloaded);
  expect(readdirSync(path.join(base, 'cache/bin'))).toEqual(['temporal-1.8.2']);
});

test('an archive with a folder in it is unpacked, too', async () => {
  const url = await release(versitygw, { folder: 'versitygw_v1.8.0_Linux_x86_64' });
  const file = await provide(versitygw, { PATH: process.env.PATH }, url);
  expect(execFileSync(file, { encoding: 'utf8' })).toBe('from the release\n');
});

test('two processes at once both end with the whole binary', async () => {
  const url = await release(temporalCli);
  const files = await Promise.all([1, 2, 3].map(() => provide(temporalCli, { PATH: '/usr/bin:/bin' }, url)));
  expect(new Set(files).size).toBe(1);
  expect(execFileSync(files[0] ?? '', { encoding: 'utf8' })).toBe('from the release\n');
});

test('a download that is not what the release says is never used', async () => {
  const url = await release(temporalCli, { checksum: 'a'.repeat(64) });
  await expect(provide(temporalCli, {}, url)).rejects.toThrow(
    /has SHA-256 [0-9a-f]{64}, but checksums\.txt says a{64}: not used/,
  );
  expect(readdirSync(path.join(base, 'cache/bin'))).toEqual([]);
});

test('when nothing works every way says why, and what would help', async () => {
  const old = script(path.join(base, 'path/versitygw'), 'Version  : 1.0.3');
  const error = await provide(versitygw, { VERSITYGW: '/does/not/exist', PATH: path.dirname(old) }).catch(
    (caught: Error) => caught,
  );
  const message = (error as Error).message;
  for (const part of [
    'VERSITYGW: /does/not/exist does not exist',
    `cache: ${path.join(base, 'cache/bin/versitygw-1.8.0/versitygw')} does not exist`,
    `PATH: ${old} is version 1.0.3, 1.8.0 or newer is needed`,
    'download: cannot reach 127.0.0.1:1',
    'Go build: no go on PATH',
    'install Go 1.26.4 or newer',
    'set VERSITYGW to',
    'set ALMANAC_CACHE',
  ]) {
    expect(message).toContain(part);
  }
  expect(output).toContain('VERSITYGW is set, but /does/not/exist does not exist');
});

test('an old Go is named, and so is what go complains about', async () => {
  const go = path.join(base, 'go-bin/go');
  script(go, 'go version go1.19.8 linux/amd64');
  await expect(provide(temporalCli, { PATH: path.dirname(go) })).rejects.toThrow(
    'Go build: go is 1.19.8, 1.26.4 or newer is needed',
  );
  mkdirSync(path.join(base, 'no-checkout/tools/temporal'), { recursive: true });
  writeFileSync(
    go,
    '#!/bin/sh\nif [ "$1" = version ]; then echo go version go1.26.4 linux/amd64; exit; fi\necho "dial tcp: lookup modules.example.com: no such host" >&2; exit 1\n',
  );
  await expect(provide(temporalCli, { PATH: path.dirname(go) })).rejects.toThrow(
    'Go build: go build ended with exit code 1: dial tcp: lookup modules.example.com: no such host',
  );
  writeFileSync(
    go,
    '#!/bin/sh\nif [ "$1" = version ]; then echo go version go1.26.4 linux/amd64; exit; fi\necho "write /tmp/x: no space left on device" >&2; exit 1\n',
  );
  await expect(provide(temporalCli, { PATH: path.dirname(go) })).rejects.toThrow(/Go build: the disk is full/);
});
