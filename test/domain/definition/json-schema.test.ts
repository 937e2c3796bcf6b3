import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isRecord } from '../../../src/domain/definition/fault.js';
import { definitionJsonSchema, definitionJsonSchemaText } from '../../../src/domain/definition/json-schema.js';
import { stepKinds } from '../../../src/domain/steps/registry.js';

test('schedules/schema.json is the schema of today', () => {
  const committed = readFileSync('schedules/schema.json', 'utf8');
  expect(committed, 'schedules/schema.json differs from the zod schema: run `npm run schema` and commit it').toBe(
    definitionJsonSchemaText(),
  );
});

test('an editor can explain every key', () => {
  const silent = keysIn(definitionJsonSchema(), '').filter(({ schema }) => !hasDescription(schema));
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test('it knows every step kind, and that a value may be an expression', () => {
  const { definitions } = definitionJsonSchema() as { definitions: { step: { oneOf: StepSchema[] } } };
  const alternatives = definitions.step.oneOf;
  expect(alternatives.map(({ properties }) => properties.uses.const).toSorted()).toEqual(
    Object.keys(stepKinds).toSorted(),
  );
  const copy = alternatives.find(({ properties }) => properties.uses.const === 's3.copy');
  expect(copy?.properties.with.properties.move).toMatchObject({
    anyOf: [{ pattern: '^\\{%[\\s\\S]*%\\}$' }, { type: 'boolean' }],
  });
});

test('unknown keys are marked in the editor too, and nothing refers to what is not there', () => {
  const text = definitionJsonSchemaText();
  expect(definitionJsonSchema().additionalProperties).toBe(false);
  expect([...new Set(text.match(/"\$ref": "[^"]+"/g))]).toEqual(['"$ref": "#/definitions/step"']);
});

interface StepSchema {
  properties: { uses: { const: string }; with: { properties: Record<string, unknown> } };
}

function keysIn(node: unknown, path: string): { path: string; schema: unknown }[] {
  if (Array.isArray(node)) return node.flatMap((item, index) => keysIn(item, `${path}/${index}`));
  if (!isRecord(node)) return [];
  const own = isRecord(node.properties) ? Object.entries(node.properties) : [];
  return [
    ...own.map(([key, schema]) => ({ path: `${path}/${key}`, schema })),
    ...Object.entries(node).flatMap(([key, child]) => keysIn(child, `${path}/${key}`)),
  ];
}

function hasDescription(schema: unknown): boolean {
  return isRecord(schema) && typeof schema.description === 'string' && schema.description.length > 3;
}
