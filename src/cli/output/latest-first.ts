/** Runs by their start, the latest first, whatever order a server lists them in. */
export function latestFirst<T extends { startTime: string }>(runs: readonly T[]): T[] {
  return [...runs].sort((a, b) => Date.parse(b.startTime) - Date.parse(a.startTime));
}
