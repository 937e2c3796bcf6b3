import type { Client } from '@temporalio/client';
import type { KeyringSource } from '../../domain/callback/keyring.js';
import { newJti, sealToken } from '../../domain/callback/token.js';
import { type CallbackLinks, callbackBase, callbackExpiry, callbackLinks } from '../../domain/callback/urls.js';
import { AlmanacError } from '../../domain/errors.js';
import { callbackOperation } from '../../domain/views.js';
import { callTemporal } from '../temporal-call.js';
import { timestampMs } from './payloads.js';
import { isCallback } from './pending.js';

export interface LinksWanted {
  workflowId: string;
  /** Left out, the latest run of the workflow id. */
  runId?: string | undefined;
  stepId: string;
}

export interface IssuedLinks {
  /** Id of the new token: for the audit log. */
  jti: string;
  runId: string;
  links: CallbackLinks;
}

export interface LinkIssuer {
  /**
   * New links to a step that waits, for operators whose partner lost its own; those that are out stay good. They need no signature,
   * also where the step wants one from its partner: the operator's role was checked instead.
   *
   * @throws AlmanacError `not-found` without such a run, `conflict` when the step does not wait for a callback
   */
  issue(wanted: LinksWanted): Promise<IssuedLinks>;
}

export interface LinkIssuerOptions {
  client: Client;
  keys: KeyringSource;
  /** Base of callback URLs, without a slash at the end. */
  publicUrl: string;
}

export function createLinkIssuer({ client, keys, publicUrl }: LinkIssuerOptions): LinkIssuer {
  return {
    issue: ({ workflowId, runId: wantedRun, stepId }) =>
      callTemporal(
        client,
        async () => {
          const { namespace } = client.options;
          const { workflowExecutionInfo, pendingActivities } = await client.workflowService.describeWorkflowExecution({
            namespace,
            execution: { workflowId, runId: wantedRun ?? '' },
          });
          const runId = workflowExecutionInfo?.execution?.runId ?? '';
          // A run that was terminated still shows the activities that it left behind.
          const open = workflowExecutionInfo?.closeTime ? [] : (pendingActivities ?? []);
          const activity = open.find(
            ({ activityId, activityType }) => activityId === stepId && isCallback(activityType?.name ?? ''),
          );
          const deadline = timestampMs(activity?.expirationTime);
          if (activity === undefined || deadline === undefined) {
            throw new AlmanacError('conflict', `step ${stepId} of run ${workflowId} does not wait for a callback`);
          }
          const jti = newJti();
          const expiresAt = callbackExpiry(deadline);
          const token = await sealToken(await keys(), {
            namespace,
            workflowId,
            runId,
            activityId: stepId,
            attempt: activity.attempt ?? 1,
            operations: [...callbackOperation.options],
            expiresAt,
            jti,
          });
          return { jti, runId, links: callbackLinks(callbackBase(publicUrl, token), expiresAt) };
        },
        { subject: `run ${workflowId}` },
      ),
  };
}
