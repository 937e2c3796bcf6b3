import type { ListView, PendingCallbackView } from '../../domain/views.js';
import { createLinkService, defaultBudgetMs, type LinkService, type LinkServiceOptions } from './link-service.js';
import { listPending } from './pending.js';
import { answerWithin } from './temporal-calls.js';

/** Everything about callbacks: the external side, and the list for callers with an API key. */
export interface CallbackService extends LinkService {
  /** Open callbacks across runs. */
  pending(page?: { pageSize?: number; pageToken?: string | undefined }): Promise<ListView<PendingCallbackView>>;
}

export function createCallbackService(options: LinkServiceOptions): CallbackService {
  const { client, budgetMs = defaultBudgetMs } = options;
  return {
    ...createLinkService(options),
    pending: (page = {}) =>
      answerWithin(client, budgetMs, () => listPending(client, { ...page, pageSize: page.pageSize ?? 50 })),
  };
}
