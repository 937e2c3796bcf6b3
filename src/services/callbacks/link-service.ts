import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { callbackRefusal } from '../../domain/callback/answers.js';
import { type CallbackBody, parseCallbackBody } from '../../domain/callback/body.js';
import { type CallbackIdentity, formatIdentity } from '../../domain/callback/identity.js';
import type { KeyringSource } from '../../domain/callback/keyring.js';
import type { CallbackAnswer, CallbackStateView, HeartbeatAnswer } from '../../domain/callback/state-view.js';
import { type CallbackClaims, keyIdOf, openToken } from '../../domain/callback/token.js';
import type { Progress } from '../../domain/steps/registry.js';
import type { CallbackOperation } from '../../domain/views.js';
import { inTime } from '../in-time.js';
import { readOutcome, readPendingActivity } from './outcome.js';
import { readProgress } from './payloads.js';
import { explainNotFound, isRepeat } from './refusal.js';
import { ReplayGuard } from './replay-guard.js';
import { type SignatureHeaders, verifyByCurrent, type WebhookSecretSource } from './signature.js';
import { readState } from './state.js';
import {
  activityCalls,
  answerWithin,
  type CompletionClient,
  createCompletionClient,
  grpcCode,
  hasGrpcCode,
} from './temporal-calls.js';
import { unseal } from './unseal.js';

export interface LinkServiceOptions {
  client: Client;
  keys: KeyringSource;
  /** `whsec_…`: verifies the calls of steps that want them signed. */
  webhookSecret?: string | WebhookSecretSource | undefined;
  /** Time of one answer for its secrets and all its calls to Temporal; an answer is due within 8 s. */
  budgetMs?: number;
}

/** The external side: what the holders of links may do. */
export interface LinkService {
  /** @throws AlmanacError `not-found` for every token that does not open */
  open(token: string): Promise<CallbackClaims>;
  /** @throws AlmanacError `forbidden` when the token does not allow the operation, `gone` when it expired */
  authorise(claims: CallbackClaims, operation: CallbackOperation): void;
  /**
   * Carries out one operation with its body as it was sent; a step may want it signed.
   * @throws AlmanacError as in the table of DESIGN §8
   */
  apply(
    claims: CallbackClaims,
    operation: CallbackOperation,
    body: Uint8Array,
    signature?: SignatureHeaders,
  ): Promise<CallbackAnswer | HeartbeatAnswer>;
  /** Reads and changes nothing. @throws AlmanacError `gone` when the link expired or its step or run is over */
  state(claims: CallbackClaims): Promise<CallbackStateView>;
}

/** Milliseconds of one answer for its secrets and all its calls to Temporal; an answer is due within 8 s. */
export const defaultBudgetMs = 6_500;

/** Completes, fails, heartbeats and cancels the activities of callbacks. Temporal holds all state. */
export function createLinkService(options: LinkServiceOptions): LinkService {
  const { client, keys, webhookSecret, budgetMs = defaultBudgetMs } = options;
  const completions = createCompletionClient(client);
  const secretSource = typeof webhookSecret === 'string' ? async () => webhookSecret : webhookSecret;
  const replays = new ReplayGuard();
  // Of the answer's time, what opening its token took. The body comes in between, as slowly as its sender likes.
  const spentMs = new WeakMap<CallbackClaims, number>();
  const budgetOf = (claims: CallbackClaims) => startBudget(client, budgetMs - (spentMs.get(claims) ?? 0));
  return {
    async open(token) {
      const begin = performance.now();
      const ring = await inTime(budgetMs, keys(keyIdOf(token)), callbackRefusal.secretsDown);
      const claims = await openToken(ring, token, unseal);
      // A sibling deployment may share the keyring, but not the namespace.
      if (claims === undefined || claims.namespace !== client.options.namespace) throw callbackRefusal.unknownToken();
      spentMs.set(claims, performance.now() - begin);
      return claims;
    },
    authorise,
    async apply(claims, operation, bytes, signature = {}) {
      authorise(claims, operation);
      const budget = budgetOf(claims);
      const webhookId = claims.signed
        ? await budget.forSecrets(verifyByCurrent(secretSource, signature, bytes))
        : undefined;
      const call: CallbackIdentity = {
        jti: claims.jti,
        operation,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      };
      const effect = prepare(client, completions, claims, call, bytes);
      const deliver = () => budget.forTemporal(() => carryOut(client, claims, call, effect));
      return webhookId === undefined ? deliver() : replays.once(claims, webhookId, call, deliver);
    },
    async state(claims) {
      assertNotExpired(claims);
      return budgetOf(claims).forTemporal(() => readState(client, claims));
    },
  };
}

/** The time of one answer from now on: what its secrets take, its calls to Temporal don't have. */
function startBudget(client: Client, ms: number) {
  const end = performance.now() + ms;
  const leftMs = () => Math.max(end - performance.now(), 0);
  return {
    forSecrets: <T>(work: Promise<T>) => inTime(leftMs(), work, callbackRefusal.secretsDown),
    forTemporal: <T>(calls: () => Promise<T>) => answerWithin(client, leftMs(), calls),
  };
}

type Effect = () => Promise<CallbackAnswer | HeartbeatAnswer>;

/** Parses the body before anything reaches Temporal and returns the call that it stands for. */
function prepare(
  client: Client,
  completions: CompletionClient,
  claims: CallbackClaims,
  call: CallbackIdentity,
  bytes: Uint8Array,
): Effect {
  const calls = activityCalls(completions, claims, formatIdentity(call));
  switch (call.operation) {
    case 'complete': {
      const { output } = parseCallbackBody('complete', bytes);
      return async () => applied(calls.complete(output));
    }
    case 'fail': {
      const body = parseCallbackBody('fail', bytes);
      return async () => {
        if (body.retryable && (await isAppliedBefore(client, claims, call))) return { duplicate: true };
        return applied(calls.fail(body));
      };
    }
    case 'cancel': {
      const { details } = parseCallbackBody('cancel', bytes);
      return async () => applied(calls.cancel(details));
    }
    case 'heartbeat': {
      const beat = parseCallbackBody('heartbeat', bytes);
      return async () => ({
        cancelRequested: await calls.heartbeat(await toProgress(client, claims, beat)),
        expiresAt: new Date(claims.expiresAt).toISOString(),
      });
    }
  }
}

async function applied(call: Promise<void>): Promise<CallbackAnswer> {
  await call;
  return {};
}

async function carryOut(
  client: Client,
  claims: CallbackClaims,
  call: CallbackIdentity,
  effect: Effect,
): Promise<CallbackAnswer | HeartbeatAnswer> {
  try {
    return await effect();
  } catch (error) {
    if (call.operation === 'cancel' && hasGrpcCode(error, grpcCode.invalidArgument)) {
      throw callbackRefusal.noCancelAsked();
    }
    if (!hasGrpcCode(error, grpcCode.notFound)) throw error;
    const refusal = explainNotFound(claims, call, await readOutcome(client, claims));
    if (refusal !== undefined) throw refusal;
    return { duplicate: true };
  }
}

/** A retryable failure leaves the activity open, so its repeat would fail the next attempt too. */
async function isAppliedBefore(client: Client, claims: CallbackClaims, call: CallbackIdentity): Promise<boolean> {
  const activity = await readPendingActivity(client, claims);
  return activity !== undefined && isRepeat(claims, call, activity);
}

/** A beat that only says "still alive" keeps the progress that was reported before. */
async function toProgress(client: Client, claims: CallbackClaims, beat: CallbackBody<'heartbeat'>): Promise<Progress> {
  const last =
    beat.done === undefined
      ? await readProgress(client, (await readPendingActivity(client, claims))?.heartbeatDetails)
      : undefined;
  const { total = last?.total, message = last?.message } = beat;
  return {
    done: beat.done ?? last?.done ?? 0,
    unit: beat.unit ?? last?.unit ?? 'items',
    ...(total === undefined ? {} : { total }),
    ...(message === undefined ? {} : { message }),
  };
}

function authorise(claims: CallbackClaims, operation: CallbackOperation): void {
  if (!claims.operations.includes(operation)) throw callbackRefusal.operationNotAllowed(operation);
  assertNotExpired(claims);
}

function assertNotExpired(claims: CallbackClaims): void {
  if (claims.expiresAt <= Date.now()) throw callbackRefusal.expired(claims.expiresAt);
}
