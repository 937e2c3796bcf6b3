import { describe, expect, it } from 'vitest';
import { keyGlob } from '../../src/domain/steps/key-glob.js';
import { seeded } from '../activities/s3/random.js';

/** Names such as S3 takes and a file system does not, many of them. */
function* oddNames(count: number): Generator<string> {
  const random = seeded(4);
  const pieces = [
    'a',
    'in',
    'in/../',
    '.',
    '..',
    '/',
    '/',
    '//',
    '.csv',
    'x.csv',
    '\n',
    '\r\n',
    ' ',
    '\\',
    '*',
    '!',
    'ü',
    '日本',
    '😀',
    '...',
  ];
  for (let made = 0; made < count; ) {
    const length = 1 + Math.floor(random() * 7);
    yield Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join('');
    made += 1;
  }
}

/** A slash at the end counts for nothing. */
const bare = (name: string) => name.replace(/\/$/, '');

const meanings: [glob: string, isMatch: (name: string) => boolean][] = [
  ['**', () => true],
  ['**/*', () => true],
  ['*', (name) => !bare(name).includes('/')],
  ['*.csv', (name) => bare(name).endsWith('.csv') && !bare(name).includes('/')],
  ['**/*.csv', (name) => bare(name).endsWith('.csv')],
  ['a/**', (name) => name === 'a' || name.startsWith('a/')],
  ['a/*', (name) => name.startsWith('a/') && name !== 'a/' && !bare(name.slice(2)).includes('/')],
  ['in/../*', (name) => name.startsWith('in/../') && name !== 'in/../' && !bare(name.slice(6)).includes('/')],
  ['*/x.csv', (name) => name.endsWith('/x.csv') && !name.slice(0, -6).includes('/')],
  ['{in,a}/**', (name) => /^(in|a)($|\/)/.test(name) && name !== 'in\n' && name !== 'a\n'],
];

describe('a glob means the same for every name', () => {
  it.each(meanings)('%s', (glob, isMatch) => {
    const matches = keyGlob([glob]);
    const found = { yes: 0, no: 0 };
    for (const name of oddNames(20_000)) {
      const expected = isMatch(name);
      if (matches(name) !== expected) expect.fail(`${JSON.stringify(name)} should ${expected ? '' : 'not '}match`);
      found[expected ? 'yes' : 'no'] += 1;
    }
    expect(found.yes).toBeGreaterThan(10);
  });
});

it('one of several is enough, and a glob that is the name itself always is', () => {
  const matches = keyGlob(['*.txt', 'odd [name', '..']);
  expect(['a.txt', 'odd [name', '..'].every(matches)).toBe(true);
  expect(matches('a.csv')).toBe(false);
});

it.each([
  ['?.txt', 'a.txt', 'ab.txt'],
  ['[a-c]/*', 'b/..', 'd/x'],
  ['**/.*', 'a/.hidden', 'a/shown'],
  ['a/**/z', 'a/./../z', 'b/./../z'],
  ['{1..3}.csv', '2.csv', '4.csv'],
])('%s matches %s and not %s', (glob, one, other) => {
  expect([one, other].map(keyGlob([glob]))).toEqual([true, false]);
});
