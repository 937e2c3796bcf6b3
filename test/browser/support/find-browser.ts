import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { headlessChromium } from './headless-chromium.js';

const run = promisify(execFile);

export interface Browser {
  executablePath: string;
  /** What it needs beside the environment that is there. */
  env: Record<string, string>;
}

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const macApplications = ['Chromium.app/Contents/MacOS/Chromium', 'Google Chrome.app/Contents/MacOS/Google Chrome'];

/** A Chromium that runs: the one that `CHROMIUM` names, one of the system, or one fetched from npm into the cache. */
export async function findBrowser(env: NodeJS.ProcessEnv, cache: string): Promise<Browser> {
  if (env.CHROMIUM) {
    const reason = await whyNot(env.CHROMIUM);
    if (reason === undefined) return { executablePath: env.CHROMIUM, env: {} };
    throw new Error(`CHROMIUM is set, but ${env.CHROMIUM} can't be used: ${reason}`);
  }
  const reasons: string[] = [];
  for (const file of candidates(env.PATH ?? '')) {
    const reason = await whyNot(file);
    if (reason === undefined) return { executablePath: file, env: {} };
    reasons.push(`${file}: ${reason}`);
  }
  if (reasons.length === 0) reasons.push(`there is no ${names.join(', ')} on PATH`);
  try {
    const fetched = await headlessChromium(cache);
    const reason = await whyNot(fetched.executablePath, fetched.env);
    if (reason === undefined) return fetched;
    reasons.push(`${fetched.executablePath}: ${reason}`);
  } catch (error) {
    reasons.push(`the one from npm could not be had: ${(error as Error).message.trim()}`);
  }
  throw new Error(
    `no browser to test with:\n${reasons.map((reason) => `- ${reason}`).join('\n')}\n` +
      'Install one (Debian: apt-get install chromium), or set CHROMIUM to the path of a Chromium or Chrome, and run again',
  );
}

function candidates(pathVariable: string): string[] {
  const folders = pathVariable.split(path.delimiter).filter((folder) => folder !== '');
  const onPath = names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  const onMac = process.platform === 'darwin' ? macApplications.map((file) => path.join('/Applications', file)) : [];
  return [...onPath, ...onMac].filter((file) => existsSync(file));
}

/** Ubuntu has a `chromium-browser` that only says how to install one. */
async function whyNot(file: string, env: Record<string, string> = {}): Promise<string | undefined> {
  try {
    const { stdout } = await run(file, ['--version'], { timeout: 20_000, env: { ...process.env, ...env } });
    return /\b(Chrom|HeadlessChrom)/.test(stdout) ? undefined : `it says ${JSON.stringify(stdout.slice(0, 100))}`;
  } catch (error) {
    return (error as Error).message.trim();
  }
}
