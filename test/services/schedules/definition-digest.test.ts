import { expect, test } from 'vitest';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import { definitionDigest } from '../../../src/services/schedules/definition-digest.js';

function definition(changes: Record<string, unknown> = {}) {
  return parseDefinition({
    id: 'nightly',
    spec: { cron: ['0 2 * * *'], timezone: 'Europe/Berlin' },
    action: { steps: [{ id: 'rest', uses: 'wait', with: { duration: '1h' } }] },
    ...changes,
  });
}

// What stands on servers: another digest would make every schedule there look changed.
const known = 'b73e3cb75ca656acead1552eacc1d630e5509506d80d84a7d6aae5e0fe6bb3ef';

test('is what it always was', () => {
  const one = definition();
  expect([definitionDigest(one), definitionDigest(one)]).toEqual([known, known]);
});

test('differs with the definition, and not with the order of keys or $schema', () => {
  expect(definitionDigest(definition({ $schema: './schema.json' }))).toBe(known);
  const { id, spec, action } = definition();
  expect(definitionDigest(parseDefinition({ action, spec, id }))).toBe(known);
  expect(definitionDigest(definition({ description: 'Another' }))).not.toBe(known);
});
