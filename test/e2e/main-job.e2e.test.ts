import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalPlatform } from '../support/local-platform.js';
import { startExamplePartner } from '../support/partner-process.js';
import { readObject } from '../support/s3.js';

let platform: LocalPlatform;
let partner: Awaited<ReturnType<typeof startExamplePartner>>;

beforeAll(async () => {
  platform = await LocalPlatform.create();
  await platform.start();
  partner = await startExamplePartner({ PARTNER_WEBHOOK_SECRET_FILE: platform.webhookSecretFile });
});
afterAll(async () => {
  await partner?.stop();
  await platform?.stop();
  await platform?.remove();
});

interface SampleDefinition {
  id: string;
  spec: object;
  action: { steps: { id: string; with: { url?: string } }[] };
}

/** A schedule of `schedules/`, under another id and with its partner where this test has it. */
function sample(id: string, newId: string, change: (definition: SampleDefinition) => void = () => undefined) {
  const definition = JSON.parse(readFileSync(`schedules/${id}.json`, 'utf8')) as SampleDefinition;
  definition.id = newId;
  for (const step of definition.action.steps) {
    if (step.with.url !== undefined) step.with.url = `${partner.url}/loads`;
  }
  change(definition);
  return definition;
}

describe('the main job', () => {
  test('a schedule triggered by HTTP filters the flights, the partner loads them, a mail arrives', async () => {
    await platform.put(sample('nightly-late-flights', 'late-flights-e2e'));
    const { workflowId } = await platform.trigger('late-flights-e2e', { scheduledTime: '2026-03-08T07:30:00Z' });
    const run = await platform.ended(workflowId);
    expect(run).toMatchObject({ status: 'completed', scheduledTime: '2026-03-08T07:30:00.000Z', trigger: 'manual' });
    expect(run.steps.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'filter succeeded',
      'load succeeded',
      'report succeeded',
      'alarm skipped',
    ]);

    // The same with ordinary tools. The nominal time is 02:30 in New York, on the day whose 02:30 does not exist.
    const key = 'late-flights/2026-03-08/flights-200k.ndjson.gz';
    const source = await readObject(platform.s3, 'almanac-samples', 'flights/flights-200k.ndjson.gz');
    const target = await readObject(platform.s3, 'almanac-results', key);
    const folder = mkdtempSync(path.join(tmpdir(), 'almanac-zcat-'));
    writeFileSync(path.join(folder, 'source.gz'), source);
    writeFileSync(path.join(folder, 'target.gz'), target);
    const command = `zcat source.gz | grep -E '"delay":([6-9][0-9]|[0-9]{3,}),'`;
    const expected = execFileSync('sh', ['-c', command], { cwd: folder, maxBuffer: 2 ** 28 });
    const actual = execFileSync('sh', ['-c', 'zcat target.gz'], { cwd: folder, maxBuffer: 2 ** 28 });
    rmSync(folder, { recursive: true });
    expect(actual.equals(expected)).toBe(true);
    const rows = expected.toString().split('\n').length - 1;
    expect(run.steps[1]?.output).toMatchObject({ rows });

    const mail = (await platform.mails()).find(({ subject }) => subject.includes('2026-03-08'));
    expect(mail).toMatchObject({ to: ['ops@example.com'], subject: `${rows} late flights loaded for 2026-03-08` });
    expect(mail?.attachments).toHaveLength(1);
  });

  test('when the partner fails it, onFailure mails step and cause, and the run fails with it', async () => {
    const failing = await startExamplePartner({
      PARTNER_WEBHOOK_SECRET_FILE: platform.webhookSecretFile,
      PARTNER_FAIL: '1',
    });
    try {
      await platform.put(
        sample('nightly-late-flights', 'late-flights-fail', (definition) => {
          for (const step of definition.action.steps) if (step.with.url) step.with.url = `${failing.url}/loads`;
        }),
      );
      const { workflowId } = await platform.trigger('late-flights-fail', { scheduledTime: '2026-03-09T06:30:00Z' });
      const run = await platform.ended(workflowId);
      expect(run.status).toBe('failed');
      expect(run.error).toMatchObject({ step: 'load' });
      const mail = (await platform.mails()).find(({ subject }) => subject.includes('2026-03-09'));
      expect(mail?.subject).toBe('Late flights of 2026-03-09 failed in step load');
      expect(mail?.text).toContain(`${run.error?.kind}: `);
      expect(mail?.text).toContain(workflowId);
    } finally {
      await failing.stop();
    }
  });

  test.each([
    ['mirror-weather', {}],
    ['weekday-snow-report', {}],
    ['weekday-snow-report', { input: { weather: 'fog' } }],
    ['weekly-zipcodes', { input: { states: ['AK', 'HI'] } }],
  ])('%s does its job with %j', async (id, body) => {
    const { workflowId } = await platform.trigger(id, body);
    const run = await platform.ended(workflowId);
    expect(run.error).toBeNull();
    expect(run.status).toBe('completed');
  });

  test('the results of those are what ordinary tools make', async () => {
    const [weather, zipcodes] = await Promise.all([
      readObject(platform.s3, 'almanac-samples', 'weather/seattle-weather.csv'),
      readObject(platform.s3, 'almanac-samples', 'zipcodes/zipcodes.csv'),
    ]);
    const grep = (pattern: string, input: Buffer): Buffer => execFileSync('grep', ['-E', pattern], { input });
    const result = (key: string) => readObject(platform.s3, 'almanac-results', key);
    expect((await result('weather/snow-days.csv')).equals(grep('^date,|,snow$', weather))).toBe(true);
    expect((await result('weather/fog-days.csv')).equals(grep('^date,|,fog$', weather))).toBe(true);
    expect((await result('mirror/weather/seattle-weather.csv')).equals(weather)).toBe(true);
    expect((await result('zipcodes/by-state/AK')).equals(grep('(^|,)AK(,|$)', zipcodes))).toBe(true);
  });
});

describe('a restart', () => {
  test('SIGKILL of every process with a callback pending: after the start the same URL completes it', async () => {
    await platform.put({
      id: 'approval-e2e',
      spec: { intervals: [{ every: '1d' }] },
      action: {
        steps: [
          { id: 'ask', uses: 'callback.wait', with: { notify: { to: ['boss@example.com'] } }, timeout: '1h' },
          {
            id: 'tell',
            uses: 'email.send',
            with: { to: ['ops@example.com'], subject: "{% 'approved by ' & $steps.ask.output.by %}", text: 'yes' },
          },
        ],
      },
    } as { id: string });
    const { workflowId } = await platform.trigger('approval-e2e');
    const link = await platform.until('the mail with the links', async () => {
      const mail = (await platform.mails()).find(({ to }) => to.includes('boss@example.com'));
      return mail?.text.match(/http:\/\/127\.0\.0\.1:\d+\/v1\/callbacks\/[\w.-]+/)?.[0];
    });
    await platform.until('the run to wait', async () => {
      const run = await platform.run(workflowId);
      return run.steps[0]?.status === 'waiting' ? run : undefined;
    });
    const before = {
      schedules: (await platform.request<{ items: { id: string }[] }>('GET', '/v1/schedules')).body.items,
    };

    await platform.killAll();
    await platform.start();

    const after = (await platform.request<{ items: { id: string }[] }>('GET', '/v1/schedules')).body.items;
    expect(after.map(({ id }) => id).sort()).toEqual(before.schedules.map(({ id }) => id).sort());
    expect((await platform.mails()).some(({ to }) => to.includes('boss@example.com'))).toBe(true);
    expect(
      (await readObject(platform.s3, 'almanac-results', 'mirror/weather/seattle-weather.csv')).length,
    ).toBeGreaterThan(0);

    const answer = await fetch(`${link}/complete`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ output: { by: 'the boss' } }),
    });
    expect(answer.status).toBe(200);
    expect((await platform.ended(workflowId)).status).toBe('completed');
    expect((await platform.mails()).some(({ subject }) => subject === 'approved by the boss')).toBe(true);
  });

  test('SIGTERM leaves no process; a second start finds everything unchanged', async () => {
    const pids = [...platform.pids().values()];
    expect(pids.length).toBeGreaterThanOrEqual(4);
    expect(await platform.stop()).toBe(0);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await platform.start();
    expect(platform.output).toContain('0 created, 0 updated, 5 unchanged');
  });
});
