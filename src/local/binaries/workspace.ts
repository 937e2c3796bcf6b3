import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Tool } from './tools.js';

/** Where the pinned version of a tool is kept between checkouts. */
export function cachedFile(tool: Tool, cache: string): string {
  return path.join(cache, 'bin', `${tool.name}-${tool.version}`, tool.name);
}

/**
 * Runs `make` in a folder of its own on the disk of the cache and moves the binary that it made to its place. The move is
 * atomic: two processes that do this at once both end with a whole binary, and a broken one is never in the cache.
 */
export async function makeInCache(
  tool: Tool,
  cache: string,
  make: (folder: string) => Promise<string>,
): Promise<string> {
  const target = cachedFile(tool, cache);
  const folder = path.join(cache, 'bin', `.${tool.name}-${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(folder, { recursive: true });
  try {
    const made = await make(folder);
    await chmod(made, 0o755);
    await mkdir(path.dirname(target), { recursive: true });
    await rename(made, target);
    return target;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
