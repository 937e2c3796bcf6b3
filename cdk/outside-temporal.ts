import type { Construct } from 'constructs';
import { secretByNameOrArn } from './constructs/secret-by-name.js';
import type { Settings } from './settings/schema.js';
import type { TemporalTarget } from './temporal-target.js';

type Outside = Exclude<Settings['temporal'], { mode: 'self-hosted' }>;

/** Temporal Cloud, or a server that is there already: nothing of it is ours. Each stack that speaks to it refers to its secret by itself. */
export function outsideTemporal(scope: Construct, temporal: Outside): TemporalTarget {
  const { address, namespace, apiKeySecret } = temporal;
  const serverName = temporal.mode === 'existing' ? temporal.serverName : undefined;
  const speaksTls = temporal.mode === 'cloud' || temporal.tls;
  return {
    address,
    namespace,
    tls: speaksTls ? { ...(serverName === undefined ? {} : { serverName }) } : undefined,
    apiKey: apiKeySecret === undefined ? undefined : secretByNameOrArn(scope, 'TemporalApiKey', apiKeySecret),
    inside: undefined,
  };
}
