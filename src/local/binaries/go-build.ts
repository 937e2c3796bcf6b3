import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Tool } from './tools.js';
import { isAtLeast } from './version.js';

const run = promisify(execFile);

/** What the modules under tools/ ask for; a Go from 1.21 on fetches that toolchain by itself. */
const neededGo = '1.26.4';
const oldestGo = '1.21.0';

export interface GoBuildOptions {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Folder of the pinned modules: `tools/` of the checkout. */
  toolsFolder: string;
  onProgress(detail: string): void;
}

/** Builds the tool from its pinned module into `folder` and returns the binary's path. Minutes, the first time. */
export async function buildWithGo(tool: Tool, folder: string, options: GoBuildOptions): Promise<string> {
  await checkGo(options);
  const target = path.join(folder, tool.name);
  // -v names each package as it is compiled: the only progress that go offers.
  const args = ['build', '-v', '-trimpath', '-ldflags', tool.goLinkerFlags, '-o', target, tool.goPackage];
  await runGo(args, path.join(options.toolsFolder, tool.goModule ?? tool.name), options);
  return target;
}

async function checkGo({ env, signal }: GoBuildOptions): Promise<void> {
  let output: string;
  try {
    output = (await run('go', ['version'], { env, signal, timeout: 30_000 })).stdout;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(missing ? 'no go on PATH' : `go version failed: ${(error as Error).message}`);
  }
  const version = /go(\d+\.\d+(?:\.\d+)?)/.exec(output)?.[1] ?? '';
  const full = version.split('.').length === 2 ? `${version}.0` : version;
  if (!isAtLeast(full, oldestGo)) throw new Error(`go is ${version || 'unknown'}, ${neededGo} or newer is needed`);
}

function runGo(args: string[], cwd: string, { env, signal, onProgress }: GoBuildOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd,
      env: { ...env, GOFLAGS: '-mod=readonly' },
      signal,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const complaints: string[] = [];
    let [packages, downloads] = [0, 0];
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.startsWith('go: downloading ')) {
        downloads += 1;
        onProgress(`fetching modules, ${downloads} so far`);
      } else if (/^[\w.-]+(\/[\w.@~-]+)*$/.test(line)) {
        packages += 1;
        onProgress(`${packages} packages compiled`);
      } else {
        complaints.push(line);
      }
    });
    child.once('error', reject);
    child.once('close', (code, endSignal) => {
      if (code === 0) return resolve();
      const said = complaints.slice(-5).join('\n      ');
      reject(new Error(`go build ended with ${endSignal ?? `exit code ${code}`}${said === '' ? '' : `: ${said}`}`));
    });
  });
}
