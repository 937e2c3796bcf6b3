import { msToTs } from '@temporalio/common/lib/time.js';
import { describe, expect, inject, it, vi } from 'vitest';
import { createTemporalClient } from '../../../src/clients/temporal.js';
import { searchAttributes } from '../../../src/domain/temporal-names.js';
import { ensureSearchAttributes } from '../../../src/services/namespace/ensure-search-attributes.js';
import { newId } from '../../support/api.js';
import { testClient } from '../../support/temporal.js';

const client = testClient();

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
