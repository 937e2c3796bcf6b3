import { expect, test } from 'vitest';
import { checkDefinition } from '../../../src/domain/definition/check.js';
import { withoutRefused } from '../../../src/services/export/without-refused.js';

const made = (changes: Record<string, unknown>, action: Record<string, unknown> = {}) => ({
  id: 'one',
  spec: { intervals: [{ every: '1d' }] },
  ...changes,
  action: { workflow: 'Nowhere', external: {}, ...action },
});

test('what is a definition stays as it is', () => {
  const value = made({ description: 'x' });
  expect(withoutRefused(value, checkDefinition)).toEqual({ definition: value, refused: [] });
});

test('parts that a schedule can do without are left out and named, all of them', () => {
  const { definition, refused } = withoutRefused(
    made(
      {
        description: 'x'.repeat(1001),
        spec: { intervals: [{ every: '1d' }], jitter: '30h' },
        policies: { catchupWindow: '400d' },
      },
      {
        memo: { 'a.b': 1, almanacDefinition: 1, kept: 2 },
        searchAttributes: { Deep: { no: 1 }, kept: 'x' },
        external: { taskTimeout: '20ms', retry: { backoff: 50, maximumAttempts: 2 } },
      },
    ),
    checkDefinition,
  );
  expect(definition).toEqual(
    made({ policies: {} }, { memo: { 'a.b': 1, kept: 2 }, searchAttributes: { kept: 'x' }, external: {} }),
  );
  expect(refused.map(({ path, kept }) => [path, kept]).sort()).toEqual([
    ['action.external.retry.backoff', false],
    ['action.external.taskTimeout', false],
    ['action.memo.almanacDefinition', false],
    ['action.searchAttributes.Deep', false],
    ['description', false],
    ['policies.catchupWindow', false],
    ['spec.jitter', false],
  ]);
});

test('what it can not do without leaves no definition', () => {
  const { definition, refused } = withoutRefused(made({ id: 'Capital', description: 7 }), checkDefinition);
  expect(definition).toBeUndefined();
  expect(refused.map(({ path }) => path)).toEqual(['id', 'description']);
});
