import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallbackHarness, eventually, startCallbackHarness } from '../support/callback-harness.js';
import { type HttpPartner, startPartner } from '../support/http-partner.js';

/** The examples of docs/callbacks.md, run as they stand there. */
const page = readFileSync('docs/callbacks.md', 'utf8');
const run = promisify(execFile);
const has = (program: string) => spawnSync(program, ['--version']).status === 0;

let harness: CallbackHarness;
let partner: HttpPartner;
let folder: string;

beforeAll(async () => {
  harness = await startCallbackHarness();
  partner = await startPartner();
  folder = mkdtempSync(path.join(tmpdir(), 'almanac-docs-'));
});
afterAll(async () => {
  await harness?.stop();
  await partner?.close();
  if (folder) rmSync(folder, { recursive: true });
});

/** First code block of a language below a heading. */
function example(heading: string, language: string): string {
  const section = page.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const block = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(section)?.[1];
  if (block === undefined) throw new Error(`docs/callbacks.md has no ${language} below ${heading}`);
  return block;
}

async function waiting(): Promise<{ handle: WorkflowHandle; base: string }> {
  const before = partner.received.length;
  const handle = await harness.start('http.callback', { url: partner.url });
  const request = await eventually('the request', () => partner.received[before]);
  await eventually('the activity to stay open', async () => {
    const { raw } = await handle.describe();
    return raw.pendingActivities?.some((activity) => activity.state === 2) || undefined;
  });
  return { handle, base: String(request.headers['almanac-callback-url']) };
}

const environment = (base: string) => ({ PATH: process.env.PATH, ALMANAC_CALLBACK_URL: base });

describe('the examples of docs/callbacks.md complete a step', () => {
  it('in Node', async () => {
    const { handle, base } = await waiting();
    cpSync('examples/partner/almanac-callback.mjs', path.join(folder, 'almanac-callback.mjs'));
    const file = path.join(folder, 'example.mjs');
    writeFileSync(file, example('Node', 'js'));
    await run(process.execPath, [file], { env: environment(base) });
    expect(await handle.result()).toEqual({ rows: 1200 });
  });

  it.skipIf(!has('python3'))('in Python', async () => {
    const { handle, base } = await waiting();
    const file = path.join(folder, 'example.py');
    writeFileSync(file, example('Python', 'python'));
    await run('python3', [file], { env: environment(base) });
    expect(await handle.result()).toEqual({ rows: 1200 });
  });

  it.skipIf(!has('curl'))('in curl', async () => {
    const { handle, base } = await waiting();
    const script = example('curl', 'sh').replace(/^callback=.*$/m, `callback='${base}'`);
    const { stdout } = await run('sh', ['-euc', script], { env: environment(base) });
    expect(stdout).toContain('"cancelRequested":false');
    expect(await handle.result()).toEqual({ rows: 1200 });
  });
});
