import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { type Dispatcher, EnvHttpProxyAgent, fetch } from 'undici';
import type { Platform, Tool } from './tools.js';

const run = promisify(execFile);

export interface DownloadOptions {
  platform: Platform;
  signal: AbortSignal;
  /** Another place than the project's release folder, with the same files: a mirror. */
  releaseUrl?: string | undefined;
  onProgress(detail: string): void;
  /** Milliseconds until a connection must stand, and between two pieces of an answer. */
  timeouts?: { connect: number; idle: number };
}

/** A machine without a way out must find that out soon; a slow one may take its time. */
const usualTimeouts = { connect: 5_000, idle: 30_000 };

/**
 * Downloads the release archive into `folder`, compares its SHA-256 with the release's `checksums.txt`, unpacks it with
 * the system's tar and returns the path of the binary in it.
 */
export async function downloadRelease(tool: Tool, folder: string, options: DownloadOptions): Promise<string> {
  const asset = tool.asset(options.platform);
  const { os, arch } = options.platform;
  if (asset === undefined) throw new Error(`the project releases no binary for ${os} on ${arch}`);
  const base = options.releaseUrl ?? tool.releaseUrl;
  const timeouts = options.timeouts ?? usualTimeouts;
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: timeouts.connect },
    headersTimeout: timeouts.idle,
    bodyTimeout: timeouts.idle,
  });
  try {
    const get = (name: string) => fetchFile(`${base}/${name}`, dispatcher, options.signal);
    const expected = checksumOf(asset, await (await get('checksums.txt')).text());
    const archive = path.join(folder, asset);
    const actual = await save(await get(asset), archive, options.onProgress);
    if (actual !== expected) {
      throw new Error(`${base}/${asset} has SHA-256 ${actual}, but checksums.txt says ${expected}: not used`);
    }
    await run('tar', ['-xzf', archive, '-C', folder]);
    return await findBinary(tool, folder);
  } finally {
    await dispatcher.destroy();
  }
}

/** The line of `checksums.txt` (`<sha256>  <file>`) for a file. */
export function checksumOf(file: string, checksums: string): string {
  for (const line of checksums.split('\n')) {
    const [sum, name] = line.trim().split(/\s+\*?/);
    if (name === file && sum !== undefined && /^[0-9a-f]{64}$/i.test(sum)) return sum.toLowerCase();
  }
  throw new Error(`checksums.txt of the release does not name ${file}`);
}

type FetchedFile = Awaited<ReturnType<typeof fetch>>;

async function fetchFile(url: string, dispatcher: Dispatcher, signal: AbortSignal): Promise<FetchedFile> {
  let response: FetchedFile;
  try {
    response = await fetch(url, { dispatcher, signal });
  } catch (error) {
    // undici says only "fetch failed"; what happened is in the cause.
    const cause = (error as Error).cause;
    throw new Error(`cannot reach ${new URL(url).host}: ${cause instanceof Error ? cause.message : String(error)}`);
  }
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  return response;
}

/** Streams an answer into a file; returns its SHA-256 in hex. */
async function save(response: FetchedFile, file: string, onProgress: (detail: string) => void): Promise<string> {
  if (response.body === null) throw new Error('the answer has no body');
  const total = Number(response.headers.get('content-length') ?? 0);
  const hash = createHash('sha256');
  let done = 0;
  await pipeline(
    Readable.fromWeb(response.body),
    async function* (source: AsyncIterable<Uint8Array>) {
      for await (const chunk of source) {
        hash.update(chunk);
        done += chunk.length;
        onProgress(`${megabytes(done)}${total > 0 ? ` of ${megabytes(total)}` : ''} MB`);
        yield chunk;
      }
    },
    createWriteStream(file),
  );
  return hash.digest('hex');
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** Some archives hold the binary at the top, some in a folder. */
async function findBinary(tool: Tool, folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries.find((entry) => entry.isFile() && entry.name === tool.name);
  if (found === undefined) throw new Error(`the release archive holds no file ${tool.name}`);
  return path.join(found.parentPath, found.name);
}
