/** Maps with a limit on how many are under way at once; results are in the order of the items. The first failure ends it. */
export async function mapAtMost<T, R>(
  limit: number,
  items: readonly T[],
  use: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await use(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  return results;
}
