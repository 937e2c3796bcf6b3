// Adds the platform packages that npm left out of package-lock.json because the registry at hand does not have them, such
// as those of macOS in a mirror for Linux. Without them `npm ci` refuses the lock file ("Missing: … from lock file"), here
// and on the platforms that need them. Run after every `npm install`; .ci/run checks it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const file = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = [];
for (const [parent, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(parent, name)) continue;
    missing.push(`${name}@${version}`);
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...platformOf(name),
    };
  }
}
if (missing.length > 0 && process.argv.includes('--check')) {
  process.stderr.write(`package-lock.json lacks ${missing.join(', ')}: run node scripts/complete-lockfile.mjs\n`);
  process.exit(1);
}
if (missing.length > 0) {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
}
process.stdout.write(missing.length === 0 ? 'package-lock.json is complete\n' : `added ${missing.join(', ')}\n`);

/** As Node would find it from the package: in its own folder or in one above. */
function isLocked(parent, name) {
  for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
  }
}

/** `@swc/core-linux-x64-musl` → os, cpu and libc: npm skips what is for another platform without asking the registry. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'sunos', 'win32'];
  const cpu = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];
  const pick = (known) => known.filter((word) => words.includes(word));
  const libc = words.some((word) => word === 'musl' || word === 'musleabihf') ? { libc: ['musl'] } : {};
  return { os: pick(os), cpu: words.includes('gnueabihf') ? ['arm'] : pick(cpu), ...libc };
}
