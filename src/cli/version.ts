import { readFileSync } from 'node:fs';
import { findPackageRoot } from './package-root.js';

/** Version in the package.json of Almanac. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', findPackageRoot()), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  return 'unknown';
}
