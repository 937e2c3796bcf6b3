import { msToTs } from '@temporalio/common/lib/time.js';
import { describe, expect, inject, it, vi } from 'vitest';
import { createTemporalClient } from '../../../src/clients/temporal.js';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import { searchAttributes } from '../../../src/domain/temporal-names.js';
import { ensureSearchAttributes } from '../../../src/services/namespace/ensure-search-attributes.js';
import { putAll } from '../../../src/services/schedules/put-all.js';
import { createScheduleService } from '../../../src/services/schedules/schedule-service.js';
import { newId, yearly } from '../../support/api.js';
import { testClient } from '../../support/temporal.js';

const client = testClient();
const service = createScheduleService({ client, taskQueue: 'almanac', owner: 'api' });

describe('putAll', () => {
  it('creates, replaces and leaves alone, and goes on after one that fails', async () => {
    const [same, changed, fresh, broken] = [newId('same'), newId('changed'), newId('fresh'), newId('broken')] as const;
    const options = { client, owner: 'files', taskQueue: 'almanac' };
    const before = [same, changed].map((id) => parseDefinition(yearly(id)));
    expect(await putAll(before, options)).toEqual([
      { id: same, action: 'create' },
      { id: changed, action: 'create' },
    ]);
    await service.pause(changed, 'by hand');
    const after = [
      yearly(same),
      yearly(broken, { action: { ...yearly(broken).action, searchAttributes: { NobodyDefined: 'x' } } }),
      yearly(changed, { description: 'new' }),
      yearly(fresh),
    ].map((definition) => parseDefinition(definition));
    expect(await putAll(after, options)).toEqual([
      { id: same, action: 'no-op' },
      { id: broken, action: 'create', error: expect.objectContaining({ code: 'invalid-input' }) },
      { id: changed, action: 'update' },
      { id: fresh, action: 'create' },
    ]);
    const { schedule } = await service.get(changed);
    expect(schedule).toMatchObject({ owner: 'files', paused: true, note: 'by hand', description: 'new' });
    for (const id of [same, changed, fresh]) await service.delete(id);
  });

  it('says for each that Temporal does not answer', async () => {
    const down = createTemporalClient({ connection: { address: '127.0.0.1:9' }, namespace: 'default' });
    const results = await putAll([parseDefinition(yearly('x'))], {
      client: down,
      owner: 'files',
      taskQueue: 'almanac',
    });
    expect(results).toMatchObject([{ id: 'x', error: { code: 'unavailable' } }]);
  });
});

describe('ensureSearchAttributes', () => {
  it('adds what is missing to a namespace, and then nothing', async () => {
    expect(await ensureSearchAttributes(client)).toEqual({ added: [] });
    const namespace = newId('namespace');
    await client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1d'),
    });
    const other = createTemporalClient({ connection: { address: inject('temporalAddress') }, namespace });
    // The server takes a moment to know its own new namespace.
    const first = await vi.waitFor(() => ensureSearchAttributes(other), { timeout: 30_000, interval: 500 });
    expect(first.added.sort()).toEqual(Object.keys(searchAttributes).sort());
    const again = await vi.waitFor(
      async () => {
        const { added } = await ensureSearchAttributes(other);
        expect(added).toEqual([]);
        return added;
      },
      { timeout: 30_000, interval: 500 },
    );
    expect(again).toEqual([]);
  });
});
