import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isRecord } from '../../../src/domain/definition/fault.js';
import { definitionJsonSchema } from '../../../src/domain/definition/json-schema.js';
import { parseDefinitionFiles } from '../../../src/domain/definition/parse.js';
import { type StepUses, stepKinds } from '../../../src/domain/steps/registry.js';

const page = readFileSync('docs/schedule-files.md', 'utf8');
const now = new Date('2026-06-01T00:00:00Z');

const blocks = blocksOf('json').map((text) => ({ text, value: JSON.parse(text) as unknown }));
const files = blocks
  .filter(({ value }) => isRecord(value))
  .map(({ text, value }) => ({ file: `${(value as { id: string }).id}.json`, text }));
const dates = blocks.find(({ value }) => Array.isArray(value))?.text ?? '';
const dateFiles = new Map([['calendars/holidays-de.json', { file: 'calendars/holidays-de.json', text: dates }]]);

test('every example is a schedule file without errors or warnings', () => {
  const { definitions, errors, warnings } = parseDefinitionFiles(files, { now, dateFiles });
  expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
  expect(definitions).toHaveLength(files.length);
  expect(files.length).toBeGreaterThan(10);
});

test('every key of the schema is in an example', () => {
  const shown = new Set(blocks.flatMap(({ value }) => keysOf(value)));
  const missing = [...new Set(schemaKeys(definitionJsonSchema()))].filter((key) => !shown.has(key));
  expect(missing).toEqual([]);
});

describe('the table of kinds says what the registry says', () => {
  test.each(Object.keys(stepKinds) as StepUses[])('%s', (uses) => {
    expect(page).toContain(rowOf(uses));
  });
});

test('the errors shown are errors that the bad files give', () => {
  const expected = readFileSync('test/fixtures/bad-schedules/expected.txt', 'utf8').split('\n');
  const shown = (blocksOf('text')[0] ?? '').trim().split('\n');
  expect(shown.filter((line) => !expected.includes(`error   ${line}`))).toEqual([]);
  expect(shown.length).toBeGreaterThan(15);
});

function blocksOf(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text]) => text ?? '');
}

function rowOf(uses: StepUses): string {
  const { description, output, execution } = stepKinds[uses];
  const defaults: { timeout: string; heartbeat?: string; maximumAttempts?: number } = stepKinds[uses].defaults;
  const fields = output instanceof z.ZodObject ? Object.keys(output.shape).map((name) => `\`${name}\``) : undefined;
  const delivered = execution === 'child' ? 'its result' : 'what was delivered';
  const shape = fields === undefined ? delivered : fields.length === 0 ? 'nothing' : fields.join(', ');
  const cells = [
    `\`${uses}\``,
    description,
    shape,
    defaults.timeout,
    defaults.heartbeat ?? 'none',
    defaults.maximumAttempts ?? '–',
  ];
  return `| ${cells.join(' | ')} |`;
}

function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => [key, ...keysOf(child)]);
}

function schemaKeys(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(schemaKeys);
  if (!isRecord(node)) return [];
  const own = isRecord(node.properties) ? Object.keys(node.properties) : [];
  return [...own, ...Object.values(node).flatMap(schemaKeys)];
}
