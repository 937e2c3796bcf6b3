import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const packageFile = z.object({ name: z.string().min(1) });

/** Where no package.json names one. */
export const fallbackOwner = 'almanac';

/**
 * Owner of the schedules of a folder, where nobody says another: the name in the nearest package.json, so that several
 * repositories share a namespace without pruning one another.
 */
export async function defaultOwner(folder: string): Promise<string> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const name = await packageName(path.join(at, 'package.json'));
    if (name !== undefined) return name;
    if (at === path.dirname(at)) return fallbackOwner;
  }
}

async function packageName(file: string): Promise<string | undefined> {
  try {
    return packageFile.safeParse(JSON.parse(await readFile(file, 'utf8'))).data?.name;
  } catch {
    // None here, or none that can be read: the next folder up may have one.
    return undefined;
  }
}
