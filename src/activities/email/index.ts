import type { StepActivities } from '../../domain/steps/registry.js';
import type { ActivityDependencies } from '../dependencies.js';
import { beating, currentAttempt } from '../http/attempt.js';
import { loadAttachments } from './attachments.js';
import { createMailer } from './mailer.js';

/** `email.send`. Failures: MailRejected, MailFailed (retryable), AttachmentTooLarge, AttachmentMissing. */
export function createEmailActivities(
  deps: Pick<ActivityDependencies, 's3' | 'ses' | 'mailFrom'>,
): Pick<StepActivities, 'email.send'> {
  const mail = createMailer(deps);
  return {
    'email.send': async ({ stepId, with: step }) => {
      const { info, signal } = currentAttempt();
      return beating(async () => {
        const attachments = await loadAttachments(deps.s3, step.attachments ?? [], signal);
        const { to, cc, subject, text, html } = step;
        return { messageId: await mail({ to, cc, subject, text, html, attachments }, info, stepId) };
      });
    },
  };
}
