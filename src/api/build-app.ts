import { readFile } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { Prices } from '../domain/backfill/cost.js';
import type { KeyringSource } from '../domain/callback/keyring.js';
import { AlmanacError } from '../domain/errors.js';
import { createBackfillService } from '../services/backfills/backfill-service.js';
import { createLinkIssuer, type LinkIssuer } from '../services/callbacks/issue-links.js';
import type { CallbackService } from '../services/callbacks/service.js';
import { createCallbackService } from '../services/callbacks/service.js';
import type { WebhookSecretSource } from '../services/callbacks/signature.js';
import { createExportService } from '../services/export/export-service.js';
import { createHealthService } from '../services/health/health-service.js';
import { createPlanService } from '../services/plan/plan-service.js';
import { createRunService } from '../services/runs/run-service.js';
import { createScheduleService } from '../services/schedules/schedule-service.js';
import { createSlotService } from '../services/slots/slot-service.js';
import { createApp } from './app.js';
import { type ApiKeySource, parseApiKeys } from './auth/api-keys.js';
import { createTokenVerifier, type OidcSettings } from './auth/oidc.js';
import type { ApiLog } from './log.js';
import type { ApiRouter } from './router.js';

/** What an entry point has read and built: texts of secrets, and clients. */
export interface AppSettings {
  client: Client;
  /** For the external side of callbacks, which answers a throttled server's callers at once; the other client unless given. */
  callbackClient?: Client | undefined;
  taskQueue: string;
  /** Owner of schedules that are created or applied without saying whose; `api` unless said. */
  owner?: string | undefined;
  /** Milliseconds after which an apply begins no further change; no limit unless said. */
  applyTimeoutMs?: number | undefined;
  log: ApiLog;
  /** JSON `[{ "name", "role", "sha256" }]`, or where the keys are asked for. */
  apiKeys: string | ApiKeySource | undefined;
  oidc: OidcSettings | undefined;
  /** Keyring of callback tokens. */
  callbackKeys: KeyringSource | undefined;
  /** `whsec_…`: verifies answers that a step wants signed. */
  webhookSecret?: string | WebhookSecretSource | undefined;
  /** Whether the links of callbacks are answered here; left out, they are. */
  answersLinks?: boolean | undefined;
  /** Base of callback URLs, without a slash at the end. */
  publicUrl: string;
  /** Slots that one backfill may have. */
  backfillMax: number;
  /** What a dry run of a backfill reckons costs by. */
  prices?: Prices | undefined;
  /** Events after which a backfill continues as new; for tests. */
  backfillEventsPerRun?: number | undefined;
  probeS3?: ((signal: AbortSignal) => Promise<unknown>) | undefined;
  localStateFile?: string | undefined;
  localMailUrl?: string | undefined;
}

/** Owner of schedules that are created through the API; those of files say who applied them. */
const apiOwner = 'api';

/** @throws AlmanacError invalid-input when the keys are not usable */
export function buildApp(settings: AppSettings): ApiRouter {
  const { client, taskQueue, owner = apiOwner, log, oidc, probeS3, localStateFile } = settings;
  const keys = apiKeySource(settings);
  return createApp({
    schedules: createScheduleService({ client, taskQueue, owner }),
    plans: createPlanService({ client, taskQueue, owner }),
    applyTimeoutMs: settings.applyTimeoutMs,
    answersLinks: settings.answersLinks,
    exports: createExportService({ client, taskQueue }),
    slots: createSlotService({ client }),
    backfills: createBackfillService({
      client,
      taskQueue,
      maxSlots: settings.backfillMax,
      prices: settings.prices,
      eventsPerRun: settings.backfillEventsPerRun,
    }),
    runs: createRunService({ client }),
    ...callbackServices(settings),
    health: createHealthService({
      client,
      taskQueue,
      ...(probeS3 === undefined ? {} : { probeS3 }),
      ...(localStateFile === undefined ? {} : { readPids: () => readPids(localStateFile) }),
    }),
    auth: { keys, ...(oidc === undefined ? {} : { verifyToken: createTokenVerifier(oidc) }) },
    log,
    localMailUrl: settings.localMailUrl,
  });
}

function apiKeySource({ apiKeys, oidc, log }: AppSettings): ApiKeySource {
  if (typeof apiKeys === 'function') return apiKeys;
  const keys = apiKeys === undefined ? [] : parseApiKeys(apiKeys);
  if (keys.length === 0 && oidc === undefined) {
    log.warn({}, 'no API keys and no OIDC issuer are configured: every call under /v1 is refused');
  }
  return async () => keys;
}

/** Without keys no token opens, and the list of pending callbacks works all the same. */
function callbackServices(settings: AppSettings): { callbacks: CallbackService; callbackLinks: LinkIssuer } {
  const { client, callbackClient = client, callbackKeys, webhookSecret, publicUrl, log } = settings;
  if (callbackKeys === undefined) log.warn({}, 'no callback keys are configured: callback links do not open');
  const keys = callbackKeys ?? noKeys;
  return {
    callbacks: createCallbackService({ client: callbackClient, keys, webhookSecret }),
    callbackLinks: createLinkIssuer({ client, keys, publicUrl }),
  };
}

const noKeys: KeyringSource = async () => {
  throw new AlmanacError('failed', 'this API has no callback keys: set ALMANAC_CALLBACK_KEYS, or its _FILE or _SECRET');
};

const localState = z.object({ components: z.array(z.object({ name: z.string(), pid: z.int() })) });

async function readPids(file: string): Promise<Record<string, number>> {
  const { components } = localState.parse(JSON.parse(await readFile(file, 'utf8')));
  return Object.fromEntries(components.map(({ name, pid }) => [name, pid]));
}
