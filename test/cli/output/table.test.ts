import { expect, test } from 'vitest';
import { createPainter } from '../../../src/cli/output/colors.js';
import { formatFields, formatTable } from '../../../src/cli/output/table.js';

const plain = createPainter(false);
const coloured = createPainter(true);

test('columns are aligned, and no line ends in spaces', () => {
  const lines = formatTable(
    ['ID', 'STATE', 'NOTE'],
    [
      ['nightly-orders', { text: 'paused', tone: 'warn' }, 'moves'],
      ['b', 'active', ''],
    ],
    plain,
  );
  expect(lines).toEqual(['ID              STATE   NOTE', 'nightly-orders  paused  moves', 'b               active']);
});

test('colours do not change the width', () => {
  const rows = [
    [{ text: 'a', tone: 'good' as const }, 'x'],
    [{ text: 'long', tone: 'bad' as const }, 'y'],
  ];
  const lines = formatTable(['A', 'B'], rows, coloured);
  expect(lines[1]).toContain('\x1b[32ma\x1b[39m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: takes the colours out again
  const bare = lines.map((line) => line.replace(/\x1b\[\d+m/g, ''));
  expect(bare).toEqual(formatTable(['A', 'B'], rows, plain));
});

test('a cell from elsewhere cannot break its row', () => {
  expect(formatTable(['A', 'B'], [['one\ntwo', '\x1b[2J']], plain)[1]).toBe('one two  \\x1b[2J');
});

test('fields without a value are left out', () => {
  expect(
    formatFields(
      [
        ['id', 'a'],
        ['backfill', undefined],
        ['workflow id', 'b'],
      ],
      plain,
    ),
  ).toEqual(['id           a', 'workflow id  b']);
});

test('a terminal cuts the last column, but never to nothing', () => {
  const rows = [['weekly-report', 'Mails what came of the week, every Monday at eight']];
  expect(formatTable(['ID', 'DESCRIPTION'], rows, plain, 40)).toEqual([
    'ID             DESCRIPTION',
    'weekly-report  Mails what came of the w…',
  ]);
  expect(formatTable(['ID', 'DESCRIPTION'], rows, plain, 10)[1]).toBe('weekly-report  Mails what came…');
});
