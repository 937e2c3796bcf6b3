import jsonata from 'jsonata';
import { expect, test } from 'vitest';
import { collectReads } from '../../src/domain/expression-references.js';
import { readsOfSimple } from '../../src/domain/simple-expression.js';

test.each([
  "'orders/' & $run.date & '/'",
  '"a" & $steps.clean.output.objects',
  '$run',
  '$error.message',
  "$input.and_more & $input.trueish & ''",
  "'it has $run.date and & in it'&$run.id",
  '$run.date \n & "\t" &\r\'x\'',
])('%j is simple', (source) => {
  expect(readsOfSimple(source)).toEqual(collectReads(jsonata(source).ast()).reads);
});

test.each([
  '',
  '&',
  '$run.date &',
  '$run.',
  '$now()',
  '$other.x',
  '$run.date = 1',
  "'it''s'",
  "'\\n'",
  '$input.and',
  '$input.in',
  '$runs.date',
  '$run .date',
  '$run.date\u00a0& $run.id',
  Array(1_000).fill('$run.id').join('&'),
])('%.40j is left to JSONata', (source) => {
  expect(readsOfSimple(source)).toBeUndefined();
});

test('what is simple is read as JSONata reads it, whatever is put together', () => {
  const parts = ["'a'", '"b c"', '$run.id', '$run', '$input.x.y_1', '$steps.a.output', '$error', '.and', '.null', '.z'];
  const glue = ['&', ' & ', '', ' ', '.', '\n&', '& &'];
  let simple = 0;
  for (let seed = 1; seed <= 5_000; seed += 1) {
    const source = composed(seed, parts, glue);
    const reads = readsOfSimple(source);
    if (reads === undefined) continue;
    simple += 1;
    expect(reads, source).toEqual(collectReads(jsonata(source).ast()).reads);
  }
  expect(simple).toBeGreaterThan(200);
});

/** One to four parts, chosen by the seed. */
function composed(seed: number, parts: readonly string[], glue: readonly string[]): string {
  let state = seed;
  const pick = (list: readonly string[]) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return list[(state >>> 8) % list.length] ?? '';
  };
  const count = 1 + (seed % 4);
  return Array.from({ length: count }, (_, index) => (index === 0 ? '' : pick(glue)) + pick(parts)).join('');
}
