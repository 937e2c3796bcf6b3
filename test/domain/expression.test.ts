import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { checkExpression, expressionSource, looksLikeExpression } from '../../src/domain/expression.js';
import { builtInFunctions, type VariableRead } from '../../src/domain/expression-references.js';

function readsOf(source: string): VariableRead[] {
  const check = checkExpression(source);
  if (!check.ok) throw new Error(check.message);
  return check.references.reads;
}

const variablesOf = (source: string) => readsOf(source).map(({ variable }) => variable);

test('an expression is the whole text', () => {
  expect(expressionSource('{% $run.date %}')).toBe('$run.date');
  expect(expressionSource('{%\n$run.date\n%}')).toBe('$run.date');
  expect(expressionSource('x {% $run.date %}')).toBeUndefined();
  expect(looksLikeExpression('x {% $run.date %}')).toBe(true);
  expect(looksLikeExpression('100 % {')).toBe(false);
});

test.each([
  ['', 'the expression is empty'],
  ['$run.date &', 'not valid JSONata at character 11'],
  ['(1', 'not valid JSONata at character 2'],
  ['$run.a %} and {% $run.b', 'one only'],
  ['('.repeat(200_000), 'nested too deeply'],
])('%.20j is refused', (source, message) => {
  const check = checkExpression(source);
  expect(check.ok ? '' : check.message).toContain(message);
});

test.each<[string, string[][]]>([
  ['$steps.load.output.rows', [['steps', 'load', 'output', 'rows']]],
  ['$steps.load.output.items[0].key', [['steps', 'load', 'output', 'items', 'key']]],
  ['$steps.`load`.status', [['steps', 'load', 'status']]],
  ["$lookup($steps, 'load')", [['steps', 'load']]],
  ['$steps.*.output', [['steps']]],
  ['$input', [['input']]],
  ['$input[0]', [['input']]],
  [
    '$sum($steps.a.output.n) + $count($steps.b.output)',
    [
      ['steps', 'a', 'output', 'n'],
      ['steps', 'b', 'output'],
    ],
  ],
  [
    '{ "a": $run.id, "b": [$run.date] }',
    [
      ['run', 'id'],
      ['run', 'date'],
    ],
  ],
  [
    '$input.rows[$.n > $run.x].y',
    [
      ['input', 'rows', 'y'],
      ['run', 'x'],
    ],
  ],
  ['$input ~> |rows|{ "day": $run.date }|', [['input'], ['run', 'date']]],
  ['$input^(>$steps.a.output)', [['input'], ['steps', 'a', 'output']]],
  ['$error.step', [['error', 'step']]],
])('%s reads %j', (source, expected) => {
  expect(readsOf(source).map(({ variable, names }) => [variable, ...names])).toEqual(expected);
});

test('a text in brackets filters and is told apart', () => {
  expect(readsOf('$steps["load"].output')).toMatchObject([{ variable: 'steps', names: [], bracket: 'load' }]);
});

describe('what an expression binds itself is not read', () => {
  test.each([
    '$map([1], function($v, $i, $a) { $v + $i + $count($a) })',
    'function($x) { $x + 1 }(2)',
    '($a := 1; $b := $a + 1; $a + $b)',
    '($f := function($n) { $n <= 1 ? 1 : $n * $f($n - 1) }; $f(5))',
    '($outer := 1; ($inner := $outer; $inner))',
    '[1]@$x.{ "a": $x }',
    '{ "a": [1] }.a#$i[$i = 0]',
    '{ "a": [1] }.a@$x#$i[$x = 1].{ "i": $i, "x": $x }',
    '$reduce([1, 2], function($sum, $n) { $sum + $n })',
    '($partly := $substring(?, 0, 3); $partly("abcdef"))',
    'λ($y) { $y }(1)',
    '$ = 1 and $$ = 1',
  ])('%s', (source) => {
    expect(variablesOf(source)).toEqual([]);
  });

  // Nested functions, blocks and paths of names made up by a generator with a fixed seed.
  test('whatever the nesting', () => {
    const random = generator(20261120);
    for (let round = 0; round < 300; round += 1) {
      const { source, free } = randomExpression(random, [], 4);
      expect([...new Set(variablesOf(source))].toSorted(), source).toEqual([...new Set(free)].toSorted());
    }
  });
});

test.each([
  ['(($inner := 1); $inner)', ['inner']],
  ['($a := $b; $b := 1)', ['b']],
  ['function($x) { $x }($x)', ['x']],
  ['$map([1], function($v) { $w })', ['w']],
])('what is bound elsewhere only is read: %s', (source, expected) => {
  expect(variablesOf(source)).toEqual(expected);
});

test('functions: those of JSONata are known, others are calls of something unknown', () => {
  expect(readsOf('$uppercase($run.id)')).toMatchObject([{ variable: 'run' }]);
  expect(readsOf('$uppercse($run.id)')).toMatchObject([{ variable: 'uppercse', called: true }, { variable: 'run' }]);
  expect(readsOf('$error("stop")')).toEqual([{ variable: 'error', names: [], called: true }]);
});

test('the list of functions is that of the library', () => {
  const library = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8');
  const bound = [...library.matchAll(/(?:staticFrame|environment)\.bind\(\s*'(\w+)'/g)].map(([, name]) => name);
  expect(bound.length).toBeGreaterThan(60);
  expect([...builtInFunctions].toSorted()).toEqual([...new Set(bound)].toSorted());
});

type Random = () => number;

/** Mulberry32. */
function generator(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An expression and the variables it reads without binding them. */
function randomExpression(random: Random, bound: string[], depth: number): { source: string; free: string[] } {
  const name = `v${Math.floor(random() * 5)}`;
  const inner = (names: string[]) => randomExpression(random, names, depth - 1);
  if (depth === 0) return { source: `$${name}`, free: bound.includes(name) ? [] : [name] };
  const [left, right] = [inner(bound), inner([...bound, name])];
  switch (Math.floor(random() * 5)) {
    case 0:
      return { source: `($${name} := 1; ${right.source})`, free: right.free };
    case 1:
      return { source: `$map([1], function($${name}) { ${right.source} })`, free: right.free };
    case 2:
      return { source: `[1]@$${name}.(${right.source})`, free: right.free };
    case 3:
      return { source: `{ "k": ${left.source} }`, free: left.free };
    default:
      return {
        source: `[${left.source}, function($${name}) { ${right.source} }]`,
        free: [...left.free, ...right.free],
      };
  }
}
