import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StepError } from '../../src/domain/errors.js';
import type { PipelineState, StepState } from '../../src/domain/pipeline.js';
import { recordHistory } from '../support/histories.js';
import { startPlatform, type TestPlatform } from '../support/platform.js';
import { newBucket, readObject } from '../support/s3.js';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(async () => {
  await platform.stop();
});

interface FailureDetails {
  error: StepError;
  steps: StepState[];
}

async function failureOf(result: Promise<unknown>): Promise<{ failure: ApplicationFailure; details: FailureDetails }> {
  const error = (await result.then(
    () => expect.fail('the run should have failed'),
    (reason: unknown) => reason,
  )) as WorkflowFailedError;
  const failure = error.cause as ApplicationFailure;
  expect(failure).toBeInstanceOf(ApplicationFailure);
  return { failure, details: failure.details?.[0] as FailureDetails };
}

function statuses(steps: StepState[]): Record<string, string> {
  return Object.fromEntries(steps.map((step) => [step.id, step.status]));
}

/** A partner that answers each request with JSON made from it. */
function answerJson(make: (body: string, count: number) => { status?: number; body: unknown }): void {
  let count = 0;
  platform.partner.received.length = 0;
  platform.partner.answer = (request, response) => {
    count += 1;
    const { status = 200, body } = make(request.body, count);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

describe('steps in order', () => {
  test('expressions read the run, the input and earlier steps; a false if skips', async () => {
    answerJson((body) => ({ body: { echo: JSON.parse(body), rows: 3 } }));
    const handle = await platform.run(
      [
        {
          id: 'first',
          uses: 'http.request',
          with: {
            url: `${platform.partner.url}/first`,
            method: 'POST',
            body: "{% { 'date': $run.date, 'time': $run.scheduledTime, 'who': $input.who, 'by': $run.trigger } %}",
          },
        },
        { id: 'pause', uses: 'wait', with: { duration: '10ms' } },
        {
          id: 'never',
          uses: 'http.request',
          if: '{% $steps.first.output.body.rows > 3 %}',
          with: { url: platform.partner.url },
        },
        {
          id: 'last',
          uses: 'http.request',
          if: "{% $steps.never.status = 'skipped' %}",
          with: { url: `${platform.partner.url}/last`, method: 'POST', body: '{% $steps.first.output.body.echo %}' },
        },
      ],
      {
        input: { who: 'me' },
        timezone: 'Pacific/Auckland',
        origin: { trigger: 'manual', scheduledTime: '2026-06-30T20:00:00Z' },
      },
    );
    const result = (await handle.result()) as { steps: StepState[] };
    expect(statuses(result.steps)).toEqual({
      first: 'succeeded',
      pause: 'succeeded',
      never: 'skipped',
      last: 'succeeded',
    });
    const [first, last] = platform.partner.received;
    const expected = { date: '2026-07-01', time: '2026-06-30T20:00:00.000Z', who: 'me', by: 'manual' };
    expect(platform.partner.received).toHaveLength(2);
    expect(JSON.parse(first?.body ?? '')).toEqual(expected);
    expect(last?.path).toBe('/last');
    expect(JSON.parse(last?.body ?? '')).toEqual(expected);
    await recordHistory('in-order', handle);
  });

  test('the state is told to a query, also after the end, and in search attributes', async () => {
    answerJson(() => ({ body: {} }));
    const handle = await platform.run([
      { id: 'call', uses: 'http.request', with: { url: platform.partner.url } },
      { id: 'pause', uses: 'wait', with: { duration: '5s' } },
    ]);
    await vi.waitFor(async () => {
      const state = await handle.query<PipelineState>('state');
      expect(statuses(state.steps)).toEqual({ call: 'succeeded', pause: 'running' });
    }, 5_000);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    const state = await handle.query<PipelineState>('state');
    expect(state).toMatchObject({ scheduleId: 'test-schedule', state: 'cancelled' });
    const description = await handle.describe();
    expect(description.searchAttributes).toMatchObject({
      AlmanacScheduleId: ['test-schedule'],
      AlmanacState: ['cancelled'],
      AlmanacTrigger: ['schedule'],
    });
  });

  test('a large output is kept out of the history and still read by later steps', async () => {
    const large = 'x'.repeat(600_000);
    answerJson((_body, count) => ({ body: count === 1 ? { large } : {} }));
    const handle = await platform.run([
      { id: 'fetch', uses: 'http.request', with: { url: platform.partner.url } },
      {
        id: 'tell',
        uses: 'http.request',
        with: {
          url: platform.partner.url,
          method: 'POST',
          body: "{% { 'length': $length($steps.fetch.output.body.large) } %}",
        },
      },
    ]);
    await handle.result();
    expect(JSON.parse(platform.partner.received[1]?.body ?? '')).toEqual({ length: large.length });
    const { historySizeBytes } = (await handle.describe()).raw.workflowExecutionInfo ?? {};
    expect(Number(historySizeBytes)).toBeLessThan(20_000);
  });
});

describe('failures', () => {
  test('a first wait that is longer than the longest usual one is carried out', async () => {
    answerJson(() => ({ status: 200, body: {} }));
    const step = {
      id: 'call',
      uses: 'http.request',
      with: { url: platform.partner.url },
      retry: { initialInterval: '2m' },
    };
    await (await platform.run([step])).result();
    expect(platform.partner.received).toHaveLength(1);
  });

  test('a 5xx is tried again, a 4xx is not', async () => {
    answerJson((_body, count) => ({ status: count < 3 ? 500 : 200, body: { count } }));
    const retry = { maximumAttempts: 5, initialInterval: '100ms' };
    const good = await platform.run([{ id: 'call', uses: 'http.request', with: { url: platform.partner.url }, retry }]);
    await good.result();
    expect(platform.partner.received).toHaveLength(3);

    answerJson(() => ({ status: 422, body: { secret: 'not for logs' } }));
    const bad = await platform.run([{ id: 'call', uses: 'http.request', with: { url: platform.partner.url }, retry }]);
    const { failure, details } = await failureOf(bad.result());
    expect(platform.partner.received).toHaveLength(1);
    expect(details.error).toMatchObject({ kind: 'HttpError', retryable: false, step: 'call' });
    expect(failure.type).toBe('HttpError');
    expect(JSON.stringify(failure)).not.toContain('not for logs');
  });

  test('onFailure steps see the error, and the run fails with it', async () => {
    answerJson(() => ({ status: 404, body: {} }));
    const handle = await platform.run(
      [
        { id: 'load', uses: 'http.request', with: { url: `${platform.partner.url}/gone` } },
        { id: 'never', uses: 'http.request', with: { url: platform.partner.url } },
      ],
      {
        onFailure: [
          {
            id: 'alarm',
            uses: 'email.send',
            with: {
              to: ['ops@example.com'],
              subject: "{% $error.step & ' failed: ' & $error.kind %}",
              text: '{% $error.message %}',
            },
          },
        ],
      },
    );
    const { failure, details } = await failureOf(handle.result());
    expect(failure.type).toBe('HttpError');
    expect(statuses(details.steps)).toEqual({ load: 'failed', never: 'skipped', alarm: 'succeeded' });
    const [mail] = await platform.mails();
    expect(mail?.subject).toBe('load failed: HttpError');
    expect(mail?.text).toContain('404');
    await recordHistory('on-failure', handle);
  });

  test('continueOnError goes on, and later steps see the failure', async () => {
    answerJson((_body, count) => ({ status: count === 1 ? 400 : 200, body: {} }));
    const handle = await platform.run([
      { id: 'shaky', uses: 'http.request', with: { url: platform.partner.url }, continueOnError: true },
      {
        id: 'tell',
        uses: 'http.request',
        with: { url: platform.partner.url, method: 'POST', body: '{% $steps.shaky.error.kind %}' },
      },
    ]);
    const result = (await handle.result()) as { steps: StepState[] };
    expect(statuses(result.steps)).toEqual({ shaky: 'failed', tell: 'succeeded' });
    expect(platform.partner.received[1]?.body).toContain('HttpError');
  });

  test('what an expression yields is checked before the step starts', async () => {
    answerJson(() => ({ body: {} }));
    const handle = await platform.run(
      [{ id: 'call', uses: 'http.request', with: { url: '{% $input.url %}', method: '{% $input.method %}' } }],
      { input: { url: 'ftp://example.com', method: 'BREW' } },
    );
    const { details } = await failureOf(handle.result());
    expect(details.error).toMatchObject({ kind: 'InvalidInput', retryable: false });
    expect(details.error.message).toContain('action.steps[0].with.url');
    expect(details.error.message).toContain('action.steps[0].with.method');
    expect(platform.partner.received).toHaveLength(0);
  });

  test('an expression that fails or does not end fails its step', async () => {
    for (const [expression, text] of [
      ['{% $number($input.text) %}', 'text'],
      ['{% ($f := function($n) { $f($n + 1) + 1 }; $f(0)) %}', 'does not end'],
    ] as const) {
      const handle = await platform.run(
        [{ id: 'call', uses: 'http.request', with: { url: platform.partner.url, headers: { a: expression } } }],
        { input: { text: 'text' } },
      );
      const { details } = await failureOf(handle.result());
      expect(details.error.kind).toBe('ExpressionError');
      expect(details.error.message).toContain('action.steps[0].with.headers.a');
      expect(details.error.message).toContain(text);
    }
  });

  test('a step that nobody answers ends with its timeout', async () => {
    platform.partner.answer = (_request, response) => response.writeHead(202).end();
    const handle = await platform.run([
      { id: 'load', uses: 'http.callback', with: { url: platform.partner.url }, timeout: '1s' },
    ]);
    const { details } = await failureOf(handle.result());
    expect(details.error).toMatchObject({ kind: 'Timeout', step: 'load' });
    expect(details.error.message).toContain('longer than its timeout');
    await recordHistory('callback-timeout', handle);
  });
});

describe('cancellation', () => {
  test('a cancelled run cancels its callback without waiting for the partner for long', async () => {
    platform.partner.answer = (_request, response) => response.writeHead(202).end();
    const handle = await platform.run(
      [
        { id: 'load', uses: 'http.callback', with: { url: platform.partner.url }, timeout: '1h' },
        { id: 'after', uses: 'wait', with: { duration: '1s' } },
      ],
      { onFailure: [{ id: 'alarm', uses: 'wait', with: { duration: '1s' } }] },
    );
    await vi.waitFor(async () => {
      const state = await handle.query<PipelineState>('state');
      expect(state.state).toBe('waiting');
      expect((await handle.describe()).raw.pendingActivities).toHaveLength(1);
    }, 10_000);
    await handle.cancel();
    const error = (await handle.result().catch((reason: unknown) => reason)) as WorkflowFailedError;
    expect(error.cause).toBeInstanceOf(CancelledFailure);
    const state = await handle.query<PipelineState>('state');
    expect(statuses(state.steps)).toEqual({ load: 'cancelled', after: 'cancelled', alarm: 'cancelled' });
    await recordHistory('cancelled-callback', handle);
  });

  test('a cancelled run cancels its child', async () => {
    const bucket = await newBucket(platform.s3, 'long');
    await platform.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'in.csv', Body: 'a,b,c\n'.repeat(100_000) }));
    const handle = await platform.run([
      {
        id: 'child',
        uses: 'workflow',
        with: {
          name: 'partitionObjects',
          input: {
            source: { bucket, key: 'in.csv' },
            target: { bucket, prefix: 'by/' },
            values: Array.from({ length: 1000 }, (_, index) => `value-${index}`),
            maxConcurrent: 1,
          },
        },
      },
    ]);
    const child = platform.client.workflow.getHandle(`${handle.workflowId}/child`);
    await vi.waitFor(async () => expect((await child.describe()).status.name).toBe('RUNNING'), 10_000);
    await handle.cancel();
    const error = (await handle.result().catch((reason: unknown) => reason)) as WorkflowFailedError;
    expect(error.cause).toBeInstanceOf(CancelledFailure);
    expect((await child.describe()).status.name).toBe('CANCELLED');
  });
});

describe('child workflows', () => {
  test('a registered workflow runs as a child and its result is the output', async () => {
    const bucket = await newBucket(platform.s3, 'partition');
    const lines = ['zip,city,state', '1,A,CA', '2,B,NY', '3,C,CA', '4,D,WA', ''].join('\n');
    await platform.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'in.csv', Body: lines }));
    answerJson(() => ({ body: {} }));
    const handle = await platform.run([
      {
        id: 'split',
        uses: 'workflow',
        with: {
          name: 'partitionObjects',
          input: { source: { bucket, key: 'in.csv' }, target: { bucket, prefix: 'by/' }, values: ['CA', 'NY'] },
        },
      },
      {
        id: 'tell',
        uses: 'http.request',
        with: { url: platform.partner.url, method: 'POST', body: '{% $steps.split.output.lines %}' },
      },
    ]);
    await handle.result();
    expect((await readObject(platform.s3, bucket, 'by/CA')).toString()).toBe('1,A,CA\n3,C,CA\n');
    expect((await readObject(platform.s3, bucket, 'by/NY')).toString()).toBe('2,B,NY\n');
    expect(platform.partner.received[0]?.body).toBe('3');
    await recordHistory('child', handle);
  });

  test("a child's failure arrives with its kind", async () => {
    const handle = await platform.run([
      {
        id: 'split',
        uses: 'workflow',
        with: {
          name: 'partitionObjects',
          input: {
            source: { bucket: 'no-such-bucket-anywhere', key: 'in.csv' },
            target: { bucket: 'no-such-bucket-anywhere', prefix: 'by/' },
            values: ['CA'],
          },
        },
      },
    ]);
    const { details } = await failureOf(handle.result());
    expect(details.error).toMatchObject({ kind: 'NoSuchBucket', step: 'split', retryable: false });
  });

  test('an input that an expression made wrong never reaches the child', async () => {
    const input = {
      source: { bucket: 'anywhere', key: 'in.csv' },
      target: { bucket: 'anywhere', prefix: 'by/' },
      values: '{% $input.values %}',
    };
    const handle = await platform.run([{ id: 'split', uses: 'workflow', with: { name: 'partitionObjects', input } }], {
      input: { values: [] },
    });
    const { details } = await failureOf(handle.result());
    expect(details.error.kind).toBe('InvalidInput');
    expect(details.error.message).toContain('action.steps[0].with.input.values');
    await expect(platform.client.workflow.getHandle(`${handle.workflowId}/split`).describe()).rejects.toThrow(
      WorkflowNotFoundError,
    );
  });
});
