/** The candidate that a mistyped name most likely means, or undefined when none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  // A third of the word may be wrong; short words allow one slip.
  const limit = Math.max(1, Math.min(3, Math.floor(wanted.length / 3)));
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate ?? [...candidates].find((candidate) => isShortFor(wanted, candidate.toLowerCase()));
}

/** `maxAttempts` for `maximumAttempts`: all its letters in order, and most of the word. */
function isShortFor(wanted: string, candidate: string): boolean {
  if (wanted.length < 4 || wanted.length < candidate.length * 0.6 || wanted[0] !== candidate[0]) return false;
  let matched = 0;
  for (const letter of candidate) if (letter === wanted[matched]) matched += 1;
  return matched === wanted.length;
}

/** `; did you mean "x"?`, or nothing: the end of a message about an unknown name. */
export function didYouMean(name: string, candidates: readonly string[], show = (text: string) => `"${text}"`): string {
  const candidate = nearest(name, candidates);
  return candidate === undefined ? '' : `; did you mean ${show(candidate)}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  // Names this long are no slips of each other, and the table would be large.
  if (a.length > 100 || b.length > 100) return a === b ? 0 : Number.POSITIVE_INFINITY;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(rows, i - 1, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, at(rows, i - 2, j - 2) + 1);
      }
      row.push(distance);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: number[][], row: number, column: number): number {
  return rows[row]?.[column] ?? 0;
}
