import type { ErrorDetail } from '../errors.js';

/** A fault for each id that stands in the list already; `undefined` is no id. Paths are into `{ "definitions": [] }`. */
export function duplicateIds(ids: readonly unknown[]): ErrorDetail[] {
  const first = new Map<unknown, number>();
  return ids.flatMap((id, index) => {
    if (id === undefined) return [];
    const taken = first.get(id);
    if (taken === undefined) {
      first.set(id, index);
      return [];
    }
    const message = `the id is taken by definitions[${taken}]; ids are unique`;
    return [{ path: `definitions[${index}].id`, message, value: id }];
  });
}
