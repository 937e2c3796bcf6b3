const surrogates = 0xd800;
const afterSurrogates = 0xe000;

/**
 * Compares keys as S3 lists them, by their bytes in UTF-8: by code points, that is. JavaScript's own order is another where a
 * character beyond U+FFFF (two surrogates) meets one from U+E000 on.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const one = a.charCodeAt(at);
    const other = b.charCodeAt(at);
    if (one !== other) return rank(one) - rank(other);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < surrogates) return unit;
  return unit < afterSurrogates ? unit + 0x10000 : unit;
}

/**
 * A key after which `key` follows with next to none between them: what a listing that shall begin with `key` starts after.
 * Undefined where it would have to hold a control character, which not every server takes.
 */
export function keyBefore(key: string): string | undefined {
  const points = [...key];
  const last = points.pop()?.codePointAt(0) ?? 0;
  if (last <= 0x20) return undefined;
  const before = last === afterSurrogates ? surrogates - 1 : last - 1;
  return `${points.join('')}${String.fromCodePoint(before)}\uFFFD`;
}
