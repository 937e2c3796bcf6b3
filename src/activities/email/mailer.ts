import { createHash } from 'node:crypto';
import { type SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';
import { ApplicationFailure, type Info } from '@temporalio/activity';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { ActivityDependencies } from '../dependencies.js';
import { idempotencyKey } from '../http/step-request.js';

export interface OutgoingMail {
  to: string[];
  cc?: string[] | undefined;
  subject: string;
  text?: string | undefined;
  html?: string | undefined;
  attachments?: { filename: string; content: Buffer; contentType?: string | undefined }[];
}

/** Sends a mail of a step and returns SES's message id. */
export type Mailer = (mail: OutgoingMail, info: Info, stepId: string) => Promise<string>;

/**
 * Builds the MIME message here and sends it raw. Each mail says in a header `Almanac-Run` which run and step it is from; its
 * Message-ID is the same for every attempt, so that mail programs show a repeat once (SES may put its own in its place).
 *
 * @throws ApplicationFailure MailRejected (SES refuses it for good) or MailFailed (retryable)
 */
export function createMailer({ ses, mailFrom }: Pick<ActivityDependencies, 'ses' | 'mailFrom'>): Mailer {
  return async (mail, info, stepId) => {
    const key = idempotencyKey(info, stepId);
    const domain = mailFrom.slice(mailFrom.lastIndexOf('@') + 1);
    const composer = new MailComposer({
      ...mail,
      from: mailFrom,
      messageId: `<${createHash('sha256').update(key).digest('hex').slice(0, 32)}@${domain}>`,
      headers: { 'Almanac-Run': key },
    });
    const message = await composer.compile().build();
    return sendRaw(ses, mailFrom, [...mail.to, ...(mail.cc ?? [])], message);
  };
}

async function sendRaw(ses: SESClient, from: string, recipients: string[], message: Buffer): Promise<string> {
  try {
    const { MessageId } = await ses.send(
      new SendRawEmailCommand({ Source: from, Destinations: recipients, RawMessage: { Data: message } }),
    );
    return MessageId ?? '';
  } catch (error) {
    throw toFailure(error);
  }
}

/** SES's errors: https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html; 4xx but throttling stay. */
function toFailure(error: unknown): ApplicationFailure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const refused = isRefusal(error);
  return ApplicationFailure.create({
    type: refused ? 'MailRejected' : 'MailFailed',
    message: `SES did not take the mail: ${name}: ${message}`,
    nonRetryable: refused,
  });
}

function isRefusal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return false;
  const { httpStatusCode: status } = error.$metadata as { httpStatusCode?: number };
  const throttled = 'name' in error && /Throttl|TooManyRequests|LimitExceeded/.test(String(error.name));
  return status !== undefined && status >= 400 && status < 500 && status !== 429 && !throttled;
}
