import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../../scripts/setup/free-port.mjs';

/** `examples/partner` as users start it: a process of its own that knows nothing of Almanac's code. */
export async function startExamplePartner(env: NodeJS.ProcessEnv): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const child: ChildProcess = spawn(process.execPath, ['examples/partner/server.mjs'], {
    env: { ...process.env, PARTNER_PORT: String(port), PARTNER_BATCH_MS: '50', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
