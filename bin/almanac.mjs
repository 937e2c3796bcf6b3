#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

const entry = new URL('../dist/src/cli/main.js', import.meta.url);

if (existsSync(entry)) {
  // Node 22 and later keep compiled code between calls: the command line starts faster.
  module.enableCompileCache?.();
  await import(entry.href);
} else {
  process.stderr.write('almanac is not built yet: run npm run build (or npm start) first\n');
  process.exitCode = 1;
}
