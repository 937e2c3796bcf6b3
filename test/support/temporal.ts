import type { Client } from '@temporalio/client';
import { inject } from 'vitest';
import { createTemporalClient } from '../../src/clients/temporal.js';

/** A client of the test run's Temporal server. */
export function testClient(): Client {
  return createTemporalClient({ connection: { address: inject('temporalAddress') }, namespace: 'default' });
}
