import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import type { ApplyView, PlanSummary, PlanView } from '../../domain/plan/plan.js';
import type { PlanRequest } from './backend.js';

/** What one request may carry: the API takes 1 MiB. */
const bytesOfChunk = 700 * 1024;

/**
 * A request as several, none too large for the API and none too long for its deadline. What is in no file can't be told from a
 * part of them: the chunks delete nothing.
 *
 * @param most definitions in one request
 * @returns the request itself when it needs no parting
 */
export function chunksOf(request: PlanRequest, most: number): PlanRequest[] {
  const chunks: ScheduleDefinition[][] = [];
  let bytes = 0;
  for (const definition of request.definitions) {
    const size = Buffer.byteLength(JSON.stringify(definition));
    const last = chunks.at(-1);
    if (last === undefined || last.length === most || bytes + size > bytesOfChunk) {
      chunks.push([definition]);
      bytes = size;
    } else {
      last.push(definition);
      bytes += size;
    }
  }
  if (chunks.length < 2) return [request];
  return chunks.map((definitions) => ({ ...request, definitions, prune: false }));
}

/** What the owner has and no chunk wants. */
export function orphansOf(views: readonly Pick<PlanView, 'orphans'>[]): string[] {
  const [first, ...rest] = views.map(({ orphans = [] }) => orphans);
  const others = rest.map((orphans) => new Set(orphans));
  return (first ?? []).filter((id) => others.every((orphans) => orphans.has(id)));
}

type Views<T> = readonly [T, ...T[]];

/** The plans of the chunks as one. */
export function mergePlans(views: Views<PlanView>, orphans: readonly string[]): PlanView {
  const { orphans: _, ...first } = views[0];
  return {
    ...first,
    ...(orphans.length === 0 ? {} : { orphans: [...orphans] }),
    summary: sumOf(views.map(({ summary }) => summary)),
    changes: views.flatMap(({ changes }) => changes),
  };
}

/** What became of the chunks as one. */
export function mergeApplied(views: Views<ApplyView>): ApplyView {
  const { orphans: _, ...first } = views[0];
  const failed = views.reduce((sum, { summary }) => sum + summary.failed, 0);
  return {
    ...first,
    summary: { ...sumOf(views.map(({ summary }) => summary)), failed },
    changes: views.flatMap(({ changes }) => changes),
  };
}

function sumOf(summaries: readonly PlanSummary[]): PlanSummary {
  const sum = (key: keyof PlanSummary) => summaries.reduce((total, summary) => total + (summary[key] ?? 0), 0);
  const conflict = sum('conflict');
  return {
    create: sum('create'),
    update: sum('update'),
    delete: sum('delete'),
    noOp: sum('noOp'),
    ...(conflict === 0 ? {} : { conflict }),
  };
}
