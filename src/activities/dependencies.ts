import type { S3Client } from '@aws-sdk/client-s3';
import type { SESClient } from '@aws-sdk/client-ses';
import type { SlotRuns } from '../domain/backfill/activities.js';
import type { KeyringSource } from '../domain/callback/keyring.js';

/** What activities need from outside: built by the worker's entry point, by tests otherwise. */
export interface ActivityDependencies {
  s3: S3Client;
  ses: SESClient;
  /** Sender of mails. */
  mailFrom: string;
  /** Base of callback URLs, without a slash at the end. */
  publicUrl: string;
  /** Keyring of callback tokens; without it callback steps fail with a typed failure. */
  callbackKeys: KeyringSource | undefined;
  /** `whsec_…`: outgoing callback requests are signed with it. */
  webhookSecret: string | undefined;
  /** CIDRs and hosts that outgoing HTTP may reach although they are not public. */
  httpAllow: string[];
  /** Temporal, as backfills use it; without it they fail. */
  slotRuns?: SlotRuns | undefined;
}
