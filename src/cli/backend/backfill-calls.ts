import type { z } from 'zod';
import type { BackfillOnly, BackfillOrder } from '../../domain/backfill/request.js';
import {
  type BackfillPlanView,
  type BackfillView,
  backfillPlanView,
  backfillView,
} from '../../domain/backfill/views.js';
import { type ListView, listOf } from '../../domain/views.js';
import type { BackfillService } from '../../services/backfills/backfill-service.js';
import type { Page } from './backend.js';

export interface BackfillRequest {
  /** ISO 8601, inclusive. */
  start: string;
  /** ISO 8601, inclusive. */
  end: string;
  maxConcurrent: number;
  order: BackfillOrder;
  only: BackfillOnly;
  input?: unknown;
}

/** What the verbs of backfills need of a platform. */
export interface BackfillCalls {
  startBackfill(scheduleId: string, request: BackfillRequest): Promise<BackfillView>;
  planBackfill(scheduleId: string, request: BackfillRequest): Promise<BackfillPlanView>;
  listBackfills(filter: { scheduleId?: string | undefined }, page: Page): Promise<ListView<BackfillView>>;
  getBackfill(id: string): Promise<BackfillView>;
  pauseBackfill(id: string, note: string | undefined): Promise<BackfillView>;
  resumeBackfill(id: string, note: string | undefined): Promise<BackfillView>;
  cancelBackfill(id: string, how: { runs: boolean; note?: string | undefined }): Promise<BackfillView>;
}

interface HttpCalls {
  get<T extends z.ZodType>(shape: T, path: string, query?: object): Promise<z.output<T>>;
  post<T extends z.ZodType>(shape: T, path: string, body: unknown): Promise<z.output<T>>;
}

export function httpBackfillCalls({ get, post }: HttpCalls): BackfillCalls {
  const ofSchedule = (id: string) => `/v1/schedules/${encodeURIComponent(id)}/backfills`;
  const one = (id: string) => `/v1/backfills/${encodeURIComponent(id)}`;
  return {
    startBackfill: (id, request) => post(backfillView, ofSchedule(id), request),
    planBackfill: (id, request) => post(backfillPlanView, ofSchedule(id), { ...request, dryRun: true }),
    listBackfills: (filter, page) => get(listOf(backfillView), '/v1/backfills', { ...filter, ...page }),
    getBackfill: (id) => get(backfillView, one(id)),
    pauseBackfill: (id, note) => post(backfillView, `${one(id)}/pause`, { note }),
    resumeBackfill: (id, note) => post(backfillView, `${one(id)}/resume`, { note }),
    cancelBackfill: (id, how) => post(backfillView, `${one(id)}/cancel`, how),
  };
}

/** @param user who asks, kept with the backfill */
export function directBackfillCalls(service: BackfillService, user: string, defaultPageSize: number): BackfillCalls {
  const instants = ({ start, end, ...rest }: BackfillRequest) => ({
    ...rest,
    start: new Date(start),
    end: new Date(end),
  });
  const by = (note: string | undefined) => ({ by: user, ...(note === undefined ? {} : { note }) });
  return {
    startBackfill: (id, request) => service.start(id, instants(request), { createdBy: user }),
    planBackfill: (id, request) => service.plan(id, instants(request)),
    listBackfills: ({ scheduleId }, { pageSize = defaultPageSize, pageToken }) =>
      service.list({ scheduleId, pageSize, pageToken }),
    getBackfill: (id) => service.get(id),
    pauseBackfill: (id, note) => service.pause(id, by(note)),
    resumeBackfill: (id, note) => service.resume(id, by(note)),
    cancelBackfill: (id, { runs, note }) => service.cancel(id, { runs, ...by(note) }),
  };
}
