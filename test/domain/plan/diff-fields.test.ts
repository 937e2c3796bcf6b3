import { describe, expect, it } from 'vitest';
import { diffFields, sameJson } from '../../../src/domain/plan/diff-fields.js';

describe('diffFields', () => {
  it.each<[string, unknown, unknown, [string, unknown, unknown][]]>([
    ['nothing', { a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, []],
    ['a value', { a: { b: 1 } }, { a: { b: 2 } }, [['a.b', 1, 2]]],
    [
      'a key that came and one that went',
      { a: 1 },
      { b: 2 },
      [
        ['a', 1, null],
        ['b', null, 2],
      ],
    ],
    ['undefined is no value', { a: undefined }, {}, []],
    ['a key that is no name', { 'x-key': 1 }, { 'x-key': 2 }, [['["x-key"]', 1, 2]]],
    ['an entry edited in place', { cron: ['a', 'b'] }, { cron: ['a', 'c'] }, [['cron[1]', 'b', 'c']]],
    ['an entry in front', { dates: ['b', 'c'] }, { dates: ['a', 'b', 'c'] }, [['dates[0]', null, 'a']]],
    ['an entry that went', { dates: ['a', 'b', 'c'] }, { dates: ['a', 'c'] }, [['dates[1]', 'b', null]]],
    ['the order', { tags: ['a', 'b'] }, { tags: ['b', 'a'] }, [['tags', ['a', 'b'], ['b', 'a']]]],
    ['a field of a calendar', [{ hour: '1', minute: '5' }], [{ hour: '2', minute: '5' }], [['[0].hour', '1', '2']]],
    [
      'steps by id, where they stand now',
      {
        steps: [
          { id: 'a', n: 1 },
          { id: 'b', n: 1 },
        ],
      },
      {
        steps: [
          { id: 'new', n: 0 },
          { id: 'a', n: 1 },
          { id: 'b', n: 2 },
        ],
      },
      [
        ['steps[2].n', 1, 2],
        ['steps[0]', null, { id: 'new', n: 0 }],
      ],
    ],
    [
      'the order of steps by id',
      [{ id: 'a' }, { id: 'b' }],
      [{ id: 'b' }, { id: 'a' }],
      [['', ['a', 'b'], ['b', 'a']]],
    ],
    ['a list that became a value', { a: [1] }, { a: 1 }, [['a', [1], 1]]],
    ['one of two equal entries', ['x', 'x'], ['x'], [['[1]', 'x', null]]],
  ])('%s', (_, before, after, expected) => {
    const changes = expected.map(([path, was, is]) => ({ path, before: was, after: is }));
    expect(diffFields(before, after)).toEqual(changes);
    expect(sameJson(before, after)).toBe(changes.length === 0);
  });
});
