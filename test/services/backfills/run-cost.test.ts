import type { temporal } from '@temporalio/proto';
import Long from 'long';
import { expect, it } from 'vitest';
import { costOfHistory } from '../../../src/services/backfills/run-cost.js';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

const at = (id: number, seconds: number, attributes: HistoryEvent): HistoryEvent => ({
  eventId: Long.fromNumber(id),
  eventTime: { seconds: Long.fromNumber(seconds), nanos: 0 },
  ...attributes,
});

const scheduled = (id: number, seconds: number, name: string) =>
  at(id, seconds, { activityTaskScheduledEventAttributes: { activityType: { name } } });
const startedOf = (id: number, of: number, seconds: number, attempt: number) =>
  at(id, seconds, { activityTaskStartedEventAttributes: { scheduledEventId: Long.fromNumber(of), attempt } });
const completed = (id: number, of: number, seconds: number) =>
  at(id, seconds, { activityTaskCompletedEventAttributes: { scheduledEventId: Long.fromNumber(of) } });

it('counts what is billed: the start, each attempt, timers, attributes, markers, two for a child', () => {
  const history = [
    at(1, 0, { workflowExecutionStartedEventAttributes: {} }),
    at(2, 0, { workflowTaskScheduledEventAttributes: {} }),
    at(3, 0, { upsertWorkflowSearchAttributesEventAttributes: {} }),
    scheduled(4, 1, 's3.copy'),
    startedOf(5, 4, 10, 3),
    completed(6, 4, 25),
    at(7, 25, { timerStartedEventAttributes: {} }),
    at(8, 30, { markerRecordedEventAttributes: {} }),
    at(9, 30, { startChildWorkflowExecutionInitiatedEventAttributes: {} }),
    at(10, 31, { workflowExecutionCompletedEventAttributes: {} }),
  ];
  expect(costOfHistory(history)).toEqual({ actions: 1 + 1 + 3 + 1 + 1 + 2, activityMs: 15_000 });
});

it('counts no time for a callback, which no worker waits for, and none for what has not ended', () => {
  const history = [
    scheduled(1, 0, 'http.callback'),
    startedOf(2, 1, 0, 1),
    completed(3, 1, 3600),
    scheduled(4, 3600, 's3.transform'),
  ];
  expect(costOfHistory(history)).toEqual({ actions: 2, activityMs: 0 });
});
