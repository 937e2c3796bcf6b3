export const lineFeed = 10;
const carriageReturn = 13;

/** Lines are mostly short: looking byte by byte is faster than a native call until there. */
const shortLine = 96;

/** Start of the line in which `position` is; `from` is a start of line at or before it. */
export function startOfLine(block: Buffer, position: number, from: number): number {
  const near = Math.max(from, position - shortLine);
  for (let at = position - 1; at >= near; at--) if (block[at] === lineFeed) return at + 1;
  return near === from ? from : Math.max(from, block.lastIndexOf(lineFeed, near - 1) + 1);
}

/** After the line feed that ends the line, or at the end of the block. */
export function endOfLine(block: Buffer, start: number): number {
  const near = Math.min(block.length, start + shortLine);
  for (let at = start; at < near; at++) if (block[at] === lineFeed) return at + 1;
  const end = near === block.length ? -1 : block.indexOf(lineFeed, near);
  return end < 0 ? block.length : end + 1;
}

/** Where the line's text ends: before LF or CR LF. */
export function endOfText(block: Buffer, start: number, end: number): number {
  if (block[end - 1] !== lineFeed) return end;
  return end - 2 >= start && block[end - 2] === carriageReturn ? end - 2 : end - 1;
}
