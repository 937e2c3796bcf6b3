import { expect, test, vi } from 'vitest';
import { createProgress, formatElapsed } from '../../src/local/progress.js';

test.each([
  [0, '0.0 s'],
  [3_260, '3.3 s'],
  [12_400, '12 s'],
  [61_000, '1 min 01 s'],
  [3_599_000, '59 min 59 s'],
])('%d ms is %j', (ms, text) => {
  expect(formatElapsed(ms)).toBe(text);
});

test('without a terminal: a line at the end, an announcement and signs of life for what is slow', () => {
  vi.useFakeTimers();
  let text = '';
  const progress = createProgress({ write: (chunk: string) => (text += chunk) });
  const quick = progress.phase('quick');
  vi.advanceTimersByTime(400);
  quick.done();
  const slow = progress.phase('slow', { slow: true });
  slow.update('12 packages');
  vi.advanceTimersByTime(20_000);
  progress.note('by the way');
  slow.failed('no disk');
  vi.advanceTimersByTime(60_000);
  vi.useRealTimers();
  expect(text.split('\n')).toEqual([
    '✓ quick (0.4 s)',
    '… slow',
    '… slow: 12 packages (15 s)',
    'by the way',
    '✗ slow: no disk (20 s)',
    '',
  ]);
});

test('on a terminal: one line that is redrawn, never wider than the terminal', () => {
  vi.useFakeTimers();
  const writes: string[] = [];
  const progress = createProgress({ isTTY: true, columns: 20, write: (chunk: string) => writes.push(chunk) });
  const one = progress.phase('a rather long title of a phase');
  vi.advanceTimersByTime(250);
  one.done();
  vi.useRealTimers();
  expect(writes.slice(0, 2).map((write) => write.replace('\r\u001b[K', '').length)).toEqual([19, 19]);
  expect(writes.at(-1)).toBe('\r\u001b[K✓ a rather long title of a phase (0.3 s)\n');
});
