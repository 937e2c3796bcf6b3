import { describe, expect, it } from 'vitest';
import { caller, newId, testApp, yearly } from '../support/api.js';
import { testClient } from '../support/temporal.js';

const client = testClient();
const call = caller(testApp(client).app);

describe('schedules over HTTP', () => {
  it('creates, describes, lists and deletes', async () => {
    const id = newId('crud');
    const definition = yearly(id, { tags: ['alpha', id] });

    const created = await call('POST', '/v1/schedules', { body: definition });
    expect(created.json).toMatchObject({
      id,
      definition,
      paused: false,
      note: '',
      owned: true,
      owner: 'api',
      drift: [],
    });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`/v1/schedules/${id}`);

    const again = await call('POST', '/v1/schedules', { body: definition });
    expect(again.status).toBe(409);
    expect(again.json).toMatchObject({ code: 'already-exists', errors: [{ path: 'id', value: id }] });

    const got = await call('GET', `/v1/schedules/${id}`, { as: 'viewer' });
    expect(got.status).toBe(200);
    expect(got.headers.get('etag')).toBe(created.headers.get('etag'));
    expect(got.json.nextFireTimes[0]).toMatch(/^20\d\d-01-01T01:00:00\.000Z$/);
    expect(got.json.counts).toEqual({ actions: 0, missedCatchupWindow: 0, skippedOverlap: 0, running: 0 });

    const listed = await eventually(
      () => call('GET', `/v1/schedules?tag=${id}`),
      (answer) => answer.json.items.length === 1,
    );
    expect(listed.json.items[0]).toMatchObject({ id, description: `Test ${id}`, tags: ['alpha', id], owner: 'api' });

    expect((await call('DELETE', `/v1/schedules/${id}`)).status).toBe(204);
    const gone = await call('GET', `/v1/schedules/${id}`);
    expect(gone.status).toBe(404);
    expect(gone.headers.get('content-type')).toBe('application/problem+json');
    expect(gone.json).toMatchObject({ code: 'not-found', detail: `schedule ${id} does not exist` });
    expect((await call('DELETE', `/v1/schedules/${id}`)).status).toBe(404);
  });

  it('refuses a definition with every fault at once', async () => {
    const answer = await call('POST', '/v1/schedules', {
      body: { id: 'Bad Id', spec: { cron: ['0 0 30 2 *'] }, action: { steps: [] }, colour: 'red' },
    });
    expect(answer.status).toBe(400);
    const paths = answer.json.errors.map((error: { path: string }) => error.path);
    expect(paths).toEqual(expect.arrayContaining(['id', 'action.steps', 'colour']));
  });

  it('puts: creates, changes nothing for the same definition, replaces for another', async () => {
    const id = newId('put');
    const first = await call('PUT', `/v1/schedules/${id}`, { body: yearly(id), headers: { 'if-none-match': '*' } });
    expect(first.status).toBe(201);
    const same = await call('PUT', `/v1/schedules/${id}`, { body: { $schema: './schema.json', ...yearly(id) } });
    expect(same.status).toBe(200);
    expect(same.headers.get('etag')).toBe(first.headers.get('etag'));
    const changed = yearly(id, { spec: { cron: ['0 3 * * *'] }, tags: ['new'], policies: { overlap: 'bufferOne' } });
    const second = await call('PUT', `/v1/schedules/${id}`, { body: changed });
    expect(second.status).toBe(200);
    expect(second.json).toMatchObject({ definition: changed, tags: ['new'] });
    expect(second.headers.get('etag')).not.toBe(first.headers.get('etag'));
    const live = await client.schedule.getHandle(id).describe();
    expect(live.policies).toMatchObject({ overlap: 'BUFFER_ONE', catchupWindow: 600_000 });
    const exists = await call('PUT', `/v1/schedules/${id}`, { body: changed, headers: { 'if-none-match': '*' } });
    expect(exists.status).toBe(412);
    const other = await call('PUT', `/v1/schedules/${id}x`, { body: changed });
    expect(other.json).toMatchObject({ status: 400, errors: [{ path: 'id', value: id }] });
    await call('DELETE', `/v1/schedules/${id}`);
  });

  it('keeps to If-Match', async () => {
    const id = newId('etag');
    const { headers } = await call('POST', '/v1/schedules', { body: yearly(id) });
    const stale = headers.get('etag') ?? '';
    const paused = await call('POST', `/v1/schedules/${id}/pause`, {
      body: { note: 'n' },
      headers: { 'if-match': stale },
    });
    expect(paused.status).toBe(200);
    const body = yearly(id, { description: 'changed' });
    const lost = await call('PUT', `/v1/schedules/${id}`, { body, headers: { 'if-match': stale } });
    expect(lost.status).toBe(412);
    expect(lost.json).toMatchObject({ code: 'precondition-failed' });
    expect((await call('DELETE', `/v1/schedules/${id}`, { headers: { 'if-match': stale } })).status).toBe(412);
    const fresh = paused.headers.get('etag') ?? '';
    const won = await call('PUT', `/v1/schedules/${id}`, { body, headers: { 'if-match': `"other", ${fresh}` } });
    expect(won.status).toBe(200);
    expect(
      (await call('PUT', `/v1/schedules/${id}`, { body, headers: { 'if-match': `W/${won.headers.get('etag')}` } }))
        .status,
    ).toBe(412);
    expect(
      (await call('DELETE', `/v1/schedules/${id}`, { headers: { 'if-match': won.headers.get('etag') ?? '' } })).status,
    ).toBe(204);
    // The server's conflict token starts again at 1 with a new schedule of the same id.
    const reborn = await call('POST', '/v1/schedules', { body: yearly(id) });
    expect(reborn.headers.get('etag')).not.toBe(stale);
    const missing = await call('PUT', `/v1/schedules/${id}-none`, {
      body: yearly(`${id}-none`),
      headers: { 'if-match': '*' },
    });
    expect(missing.status).toBe(412);
    await call('DELETE', `/v1/schedules/${id}`);
  });

  it('lets exactly one of several writers with the same ETag win', async () => {
    const id = newId('race');
    const { headers } = await call('POST', '/v1/schedules', { body: yearly(id) });
    const etag = headers.get('etag') ?? '';
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        call('PUT', `/v1/schedules/${id}`, {
          body: yearly(id, { description: `writer ${index}` }),
          headers: { 'if-match': etag },
        }),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
    const now = await call('GET', `/v1/schedules/${id}`);
    expect(now.json.description).toBe(won[0]?.json.description);
    await call('DELETE', `/v1/schedules/${id}`);
  });

  it('keeps a pause by hand over a new definition, until the definition says something new', async () => {
    const id = newId('pause');
    await call('POST', '/v1/schedules', { body: yearly(id) });
    const paused = await call('POST', `/v1/schedules/${id}/pause`, { as: 'operator', body: { note: 'incident 7' } });
    expect(paused.json).toMatchObject({ paused: true, note: 'incident 7', nextFireTimes: [] });
    const put = await call('PUT', `/v1/schedules/${id}`, { body: yearly(id, { description: 'two' }) });
    expect(put.json).toMatchObject({ paused: true, note: 'incident 7', description: 'two' });
    const unpaused = await call('POST', `/v1/schedules/${id}/unpause`, { as: 'operator' });
    expect(unpaused.json).toMatchObject({ paused: false, note: 'Unpaused by operator-key' });
    const byFile = await call('PUT', `/v1/schedules/${id}`, { body: yearly(id, { description: 'two', paused: true }) });
    expect(byFile.json).toMatchObject({ paused: true });
    const again = await call('PUT', `/v1/schedules/${id}`, {
      body: yearly(id, { description: 'three', paused: false }),
    });
    expect(again.json).toMatchObject({ paused: false });
    await call('DELETE', `/v1/schedules/${id}`);
  });

  it('lists by text, owner and pause, page by page', async () => {
    const mark = newId('list');
    const ids = Array.from({ length: 5 }, (_, index) => `${mark}-${index}`);
    for (const [index, id] of ids.entries()) {
      await call('POST', '/v1/schedules', {
        body: yearly(id, {
          paused: index < 2,
          description: index === 4 ? `Needle ${mark}` : `Hay ${index}`,
          tags: [mark],
        }),
      });
    }
    const all = await eventually(
      () => call('GET', `/v1/schedules?tag=${mark}`),
      (answer) => answer.json.items.length === 5,
    );
    expect(all.json.nextPageToken).toBeUndefined();
    const seen: string[] = [];
    let query = `tag=${mark}&pageSize=2`;
    for (let page = 0; page < 5; page += 1) {
      const { json } = await call('GET', `/v1/schedules?${query}`);
      seen.push(...json.items.map((item: { id: string }) => item.id));
      if (json.nextPageToken === undefined) break;
      query = `tag=${mark}&pageSize=2&pageToken=${json.nextPageToken}`;
    }
    expect(seen.sort()).toEqual(ids);
    const needle = await call('GET', `/v1/schedules?text=needle%20${mark}&pageSize=2`);
    expect(needle.json.items.map((item: { id: string }) => item.id)).toEqual([`${mark}-4`]);
    const paused = await call('GET', `/v1/schedules?tag=${mark}&paused=true`);
    expect(paused.json.items).toHaveLength(2);
    expect((await call('GET', `/v1/schedules?tag=${mark}&paused=false`)).json.items).toHaveLength(3);
    expect((await call('GET', `/v1/schedules?tag=${mark}&owner=api`)).json.items).toHaveLength(5);
    expect(
      (await call('GET', `/v1/schedules?owner=${encodeURIComponent("x' OR AlmanacOwner = 'api")}`)).json.items,
    ).toEqual([]);
    expect((await call('GET', '/v1/schedules?pageToken=nonsense')).json).toMatchObject({ status: 400 });
    for (const id of ids) await call('DELETE', `/v1/schedules/${id}`);
  });
});

/** Visibility shows a write a moment later. */
async function eventually<T>(read: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const value = await read();
    if (isThere(value) || attempt === 50) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
