import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Tool } from './tools.js';
import { isAtLeast } from './version.js';

const run = promisify(execFile);

/** Why a file can't be run, or undefined when it can. */
export async function whyNotExecutable(file: string): Promise<string | undefined> {
  try {
    const { isFile } = await stat(file).then((found) => ({ isFile: found.isFile() }));
    if (!isFile) return `${file} is not a file`;
    await access(file, constants.X_OK);
    return undefined;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return missing ? `${file} does not exist` : `${file} may not be executed`;
  }
}

/** The tool on PATH, when it is not older than the pin; otherwise the reason. */
export async function findOnPath(tool: Tool, pathVariable = ''): Promise<{ file: string } | { reason: string }> {
  for (const folder of pathVariable.split(path.delimiter).filter((part) => part !== '')) {
    const file = path.join(folder, tool.name);
    if ((await whyNotExecutable(file)) !== undefined) continue;
    const found = await versionOf(tool, file);
    if (found !== undefined && isAtLeast(found, tool.version)) return { file };
    return { reason: `${file} is version ${found ?? 'unknown'}, ${tool.version} or newer is needed` };
  }
  return { reason: `no ${tool.name} on PATH` };
}

async function versionOf(tool: Tool, file: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(file, ['--version'], { timeout: 10_000 });
    return tool.versionPattern.exec(stdout)?.[1];
  } catch {
    // A program that can't say its version is none of ours.
    return undefined;
  }
}
