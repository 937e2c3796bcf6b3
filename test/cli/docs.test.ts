import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { verbs } from '../../src/cli/verbs.js';
import { almanac } from './support.js';

const page = readFileSync('docs/cli.md', 'utf8');
const common = ['--help', '--json', '--url', '--key-file', '--direct'];

test.each(verbs.map(({ name }) => name))('docs/cli.md tells of %s and every flag it has', async (name) => {
  const section = page.split(/^## /m).find((part) => new RegExp(`\\b${name}\\b`).test(part.split('\n')[0] ?? ''));
  expect(section).toBeDefined();
  const { stdout } = await almanac(['help', name]);
  const flags = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag ?? '');
  for (const flag of flags) expect(common.includes(flag) ? page : section).toContain(flag);
});
