import { ApplicationFailure, CompleteAsyncError, type Info } from '@temporalio/activity';
import { type NoticeActivities, noticeActivity } from '../../domain/callback/notice.js';
import { afterAllAttempts } from '../../domain/callback/token.js';
import type { StepActivities } from '../../domain/steps/registry.js';
import type { ActivityDependencies } from '../dependencies.js';
import { createMailer } from '../email/mailer.js';
import { beating, currentAttempt } from '../http/attempt.js';
import { assertSuccess } from '../http/index.js';
import { createOutgoing, type Outgoing } from '../http/outgoing.js';
import { idempotencyKey } from '../http/step-request.js';
import { toCallbackRequest } from './callback-request.js';
import { linkMail } from './link-mail.js';
import { toNoticeRequest } from './notice-request.js';
import { createSeal } from './seal.js';

/**
 * `http.callback` and `callback.wait`: both hand out their links and leave the activity open (async completion), to be
 * ended through the links.
 *
 * `callback.notify` tells the partner of an `http.callback` that nobody waits any more.
 *
 * Failures of what sends a request: those of `http.request`. All: CallbackKeysMissing. With `signed`: WebhookSecretMissing.
 */
export function createCallbackActivities(
  deps: Omit<ActivityDependencies, 's3'>,
  send: Outgoing = createOutgoing({ allow: deps.httpAllow }),
): Pick<StepActivities, 'http.callback' | 'callback.wait'> & NoticeActivities {
  const seal = createSeal(deps);
  const mail = createMailer(deps);
  return {
    'http.callback': async ({ stepId, with: step }) => {
      const { info, signal, timeoutMs } = currentAttempt();
      if (step.signed === true && deps.webhookSecret === undefined) throw noSecret();
      const request = toCallbackRequest(step, {
        ...(await seal(info, { signed: step.signed })),
        idempotencyKey: idempotencyKey(info, stepId),
        attempt: info.attempt,
        webhookSecret: deps.webhookSecret,
        now: new Date(),
      });
      assertSuccess(await beating(() => send({ ...request, signal, timeoutMs })));
      throw new CompleteAsyncError();
    },

    'callback.wait': async (call) => {
      const { info } = currentAttempt();
      const callback = await seal(info);
      const to = call.with.notify?.to;
      if (to !== undefined) await beating(() => mail({ to, ...linkMail(call, callback) }, info, call.stepId));
      throw new CompleteAsyncError();
    },

    [noticeActivity]: async (notice) => {
      const { info, signal, timeoutMs } = currentAttempt();
      const { base } = await seal(info, {
        activityId: notice.stepId,
        // The notice counts attempts of its own; whatever comes through its links is younger than each of the step's.
        attempt: afterAllAttempts,
        expiresAt: notice.expiresAt,
        signed: notice.with.signed,
      });
      const request = toNoticeRequest(notice, {
        run: runOf(info),
        requestKey: idempotencyKey(info, notice.stepId),
        base,
        webhookSecret: deps.webhookSecret,
        now: new Date(),
      });
      const answer = await send({ ...request, signal, timeoutMs });
      assertSuccess(answer);
      return { status: answer.status };
    },
  };
}

function runOf({ workflowExecution }: Info): { workflowId: string; runId: string } {
  return { workflowId: workflowExecution?.workflowId ?? '', runId: workflowExecution?.runId ?? '' };
}

function noSecret(): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    'with.signed asks for signed answers, and this worker has no webhook secret: set ALMANAC_WEBHOOK_SECRET_FILE or ALMANAC_WEBHOOK_SECRET',
    'WebhookSecretMissing',
  );
}
