import type { Painter, Tone } from './colors.js';
import { oneLine, shorten } from './text.js';

/** Text with a meaning; the width is that of the text alone. */
export type Cell = string | { text: string; tone: Tone | undefined };

/** A last column narrower than this says nothing: it may wrap instead. */
const leastRoom = 16;

/**
 * Aligned columns, two spaces apart, no trailing spaces: the same on a terminal and in a pipe, where `awk` and `cut`
 * find a column by its place.
 *
 * @param width the last column is cut so that no line is wider, as far as that goes; left out, nothing is cut
 * @returns one line a row, the header first
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Painter,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const lines = [header.map((text): Cell => ({ text, tone: 'faint' })), ...rows].map((row) => row.map(toParts));
  const widths = header.map((_, column) => Math.max(...lines.map((row) => row[column]?.text.length ?? 0)));
  const last = header.length - 1;
  const room = width - widths.slice(0, last).reduce((sum, one) => sum + one + 2, 0);
  return lines.map((row) =>
    row
      .map(({ text, tone }, column) => {
        if (column === last) return paint(tone, shorten(text, Math.max(room, leastRoom)));
        const isLast = row.slice(column + 1).every((cell) => cell.text === '');
        return paint(tone, text) + (isLast ? '' : ' '.repeat((widths[column] ?? 0) - text.length + 2));
      })
      .join('')
      .trimEnd(),
  );
}

/** `name  value` lines, the values aligned; fields without a value are left out. */
export function formatFields(fields: readonly (readonly [string, Cell | undefined])[], paint: Painter): string[] {
  const shown = fields.flatMap(([name, cell]) => (cell === undefined ? [] : [[name, toParts(cell)] as const]));
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, { text, tone }]) => `${paint('faint', name.padEnd(width))}  ${paint(tone, text)}`.trimEnd());
}

function toParts(cell: Cell): { text: string; tone: Tone | undefined } {
  return typeof cell === 'string' ? { text: oneLine(cell), tone: undefined } : { ...cell, text: oneLine(cell.text) };
}
