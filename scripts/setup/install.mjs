import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from './failure.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';

/** Installs the locked packages unless they are there. */
export async function install() {
  const reason = whyInstall();
  if (reason === undefined) return;
  // npm tells its scripts where it is; without it, the one on PATH.
  const npm = process.env.npm_execpath;
  const [command, before] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const args = [...before, 'ci', '--include=dev', '--no-fund', '--no-audit'];
  const { code, stderr } = await run(command, args, { title: `Installing packages (npm ci): ${reason}` });
  if (code === 0) return;
  throw new SetupError(`npm ci ended with exit code ${code}. ${wayOut(stderr)}`);
}

/** npm leaves a list of what it installed: what is locked must be in it, in the same version. */
function whyInstall() {
  const installed = readPackages('node_modules/.package-lock.json');
  if (installed === undefined) return 'node_modules is not there yet';
  const locked = readPackages('package-lock.json') ?? {};
  const changed = Object.entries(locked).filter(
    ([name, entry]) => name !== '' && entry.optional !== true && installed[name]?.version !== entry.version,
  );
  if (changed.length === 0) return undefined;
  const [name] = changed[0];
  return `${changed.length} differ from package-lock.json, as ${name.replace(/^.*node_modules\//, '')}`;
}

function readPackages(file) {
  const full = path.join(root, file);
  return existsSync(full) ? JSON.parse(readFileSync(full, 'utf8')).packages : undefined;
}

function wayOut(stderr) {
  if (/ENOSPC|no space left/i.test(stderr)) {
    return 'The disk is full: free about 1 GB where the checkout and the npm cache are, then start again.';
  }
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH/.test(stderr)) {
    return 'The package registry can not be reached: check the network, the proxy and npm config get registry, then start again. Without a network, copy node_modules from a machine of the same kind.';
  }
  if (/EBADENGINE/.test(stderr))
    return 'This Node is not one of those that a package supports: install Node 20.20 or newer.';
  if (/EACCES|EPERM/.test(stderr))
    return 'This user may not write to node_modules or to the npm cache: see the path above.';
  return 'What npm said is above; its log tells more.';
}
