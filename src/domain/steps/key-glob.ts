import picomatch from 'picomatch';

/** What picomatch puts before a wildcard, so that a path with `.` or `..` in it goes unmatched. */
const guards = ['(?!\\.{1,2}(?:\\/|$))', '(?!(?:^|\\/)\\.{1,2}(?:\\/|$))'];

/**
 * Says whether a name matches one of the globs. A key of S3 is not the path of a file: a segment `.`, `..` or `` is one like any
 * other, so is a name with a dot in front, and a backslash or a line break is a character. So nothing is hidden from `**`.
 */
export function keyGlob(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map((glob) => ({ glob, expression: expressionOf(glob) }));
  return (name) => patterns.some(({ glob, expression }) => name === glob || expression.test(name));
}

function expressionOf(glob: string): RegExp {
  const { source } = picomatch.makeRe(glob, { dot: true, windows: false });
  const unguarded = guards.reduce((text, guard) => text.replaceAll(guard, ''), source);
  // With `s`, a dot of the expression stands for a line break too.
  return new RegExp(unguarded, 's');
}
