import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { AlmanacError } from '../../domain/errors.js';
import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { findPackageRoot } from '../package-root.js';

export const configure: ConfigureVerb = (command, cli) => {
  command.addHelpText('after', examples('almanac dev', 'ALMANAC_PORT=8800 almanac dev')).action(async () => {
    cli.exitCode = await runPlatform();
  });
};

/** Runs the local platform as a child until it ends, and gives back its exit code. */
async function runPlatform(): Promise<number> {
  const root = findPackageRoot();
  const entry = fileURLToPath(new URL('dist/src/local/main.js', root));
  if (!existsSync(entry)) {
    throw new AlmanacError('failed', 'the platform is not built: run npm start, which builds it');
  }
  const child = spawn(process.execPath, [entry], { cwd: fileURLToPath(root), stdio: 'inherit' });
  const relays = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const relay = () => {
      // A terminal's Ctrl-C reaches the child by itself; a second one would hurry it.
      if (signal !== 'SIGINT' || process.stdin.isTTY !== true) child.kill(signal);
    };
    process.on(signal, relay);
    return () => process.off(signal, relay);
  });
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    for (const off of relays) off();
  }
}
