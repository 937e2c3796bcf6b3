import path from 'node:path';
import { AlmanacError } from '../../domain/errors.js';
import type { Progress } from '../progress.js';
import { downloadRelease } from './download.js';
import { findOnPath, whyNotExecutable } from './existing.js';
import { buildWithGo } from './go-build.js';
import type { Tool } from './tools.js';
import { cachedFile, makeInCache } from './workspace.js';

export interface ProvideOptions {
  env: NodeJS.ProcessEnv;
  /** The user's cache folder of Almanac, see `cacheFolder`. */
  cache: string;
  /** The checkout, for its `tools/`. */
  root: string;
  progress: Progress;
  signal: AbortSignal;
  /** For tests: another release folder. */
  releaseUrl?: string;
}

/** One way that did not work, and why. */
interface Failure {
  way: string;
  reason: string;
}

/**
 * The path of a binary of the tool: the first that works of its variable, the pinned version in the cache, one on PATH
 * that is not older, the official release (checked by its checksums), a build with Go from the pinned module.
 *
 * @throws AlmanacError `failed` with the reason of every way and what the user can do
 */
export async function provideBinary(tool: Tool, options: ProvideOptions): Promise<string> {
  const { env, cache, progress } = options;
  const failures: Failure[] = [];

  const chosen = env[tool.variable];
  if (chosen !== undefined && chosen !== '') {
    const reason = await whyNotExecutable(chosen);
    if (reason === undefined) return path.resolve(chosen);
    failures.push({ way: tool.variable, reason });
    progress.note(`! ${tool.variable} is set, but ${reason}: another ${tool.title} is looked for`);
  }

  const cached = cachedFile(tool, cache);
  const notCached = await whyNotExecutable(cached);
  if (notCached === undefined) return cached;
  failures.push({ way: 'cache', reason: notCached });

  const onPath = await findOnPath(tool, env.PATH);
  if ('file' in onPath) return onPath.file;
  failures.push({ way: 'PATH', reason: onPath.reason });

  const ways = [
    {
      way: 'download',
      title: `Downloading ${tool.title} ${tool.version}`,
      make: (folder: string, onProgress: (detail: string) => void) =>
        downloadRelease(tool, folder, {
          platform: { os: process.platform, arch: process.arch },
          signal: options.signal,
          releaseUrl: options.releaseUrl,
          onProgress,
        }),
    },
    {
      way: 'Go build',
      title: `Building ${tool.title} ${tool.version} with Go, about 3–4 minutes the first time`,
      make: (folder: string, onProgress: (detail: string) => void) =>
        buildWithGo(tool, folder, {
          env,
          signal: options.signal,
          toolsFolder: path.join(options.root, 'tools'),
          onProgress,
        }),
    },
  ];
  for (const { way, title, make } of ways) {
    const phase = progress.phase(title, { slow: true });
    try {
      const file = await makeInCache(tool, cache, (folder) => make(folder, (detail) => phase.update(detail)));
      phase.done();
      return file;
    } catch (error) {
      options.signal.throwIfAborted();
      const reason = reasonOf(error, cache);
      phase.failed(reason);
      failures.push({ way, reason });
    }
  }
  throw new AlmanacError('failed', noWayLeft(tool, cached, failures));
}

/** Errors of the file system name a call and a path; a full disk gets words. */
function reasonOf(error: unknown, cache: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const full = (error as NodeJS.ErrnoException).code === 'ENOSPC' || /no space left on device/i.test(message);
  return full ? `the disk is full: ${cache} and Go's own caches need about 4 GB for a build` : message;
}

function noWayLeft(tool: Tool, cached: string, failures: Failure[]): string {
  return [
    `${tool.title} ${tool.version} could not be had:`,
    ...failures.map(({ way, reason }) => `  - ${way}: ${reason}`),
    'Any one of these helps:',
    `  - let this machine reach ${new URL(tool.releaseUrl).host} (HTTPS_PROXY is honoured), then start again;`,
    `  - download ${tool.releaseUrl}/${tool.asset({ os: process.platform, arch: process.arch }) ?? ''} elsewhere and unpack its ${tool.name} to ${cached};`,
    '  - install Go 1.26.4 or newer (https://go.dev/dl/) on a machine that reaches a Go module proxy, then start again;',
    `  - set ${tool.variable} to a ${tool.name} binary that is already here;`,
    '  - if the disk is full: free some space, or set ALMANAC_CACHE to a folder on another disk.',
  ].join('\n');
}
