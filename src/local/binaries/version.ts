/** `v1.8.2` or `1.8.2` → [1, 8, 2]; undefined for anything else, so that development builds never pass for a release. */
export function parseVersion(text: string): readonly [number, number, number] | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(text.trim());
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Is `found` the same as `pinned` or newer? A version that can't be read is not. */
export function isAtLeast(found: string, pinned: string): boolean {
  const [have, want] = [parseVersion(found), parseVersion(pinned)];
  if (have === undefined || want === undefined) return false;
  for (const index of [0, 1, 2] as const) {
    if (have[index] !== want[index]) return have[index] > want[index];
  }
  return true;
}
