import type { ListView } from '../domain/views.js';
import type { Page } from './backend/backend.js';

/** Largest page the API gives. */
const pageSize = 100;

/** Follows `nextPageToken` until `limit` items are there or the list ends; the token stays when there is more. */
export async function collectPages<T>(
  readPage: (page: Page) => Promise<ListView<T>>,
  limit = Number.POSITIVE_INFINITY,
): Promise<ListView<T>> {
  const items: T[] = [];
  let pageToken: string | undefined;
  do {
    const page = await readPage({
      pageSize: Math.min(pageSize, limit - items.length),
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    items.push(...page.items);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined && items.length < limit);
  return { items, ...(pageToken === undefined ? {} : { nextPageToken: pageToken }) };
}
