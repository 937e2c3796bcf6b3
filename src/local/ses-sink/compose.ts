import MailComposer from 'nodemailer/lib/mail-composer';
import { addressParser } from 'postal-mime';
import { members, required, SesError } from './query-protocol.js';

/** SES takes 50 recipients a message at most. */
const maxRecipients = 50;

/** `SendEmail`: the parts of a message → MIME. */
export async function composeEmail(form: URLSearchParams, messageId: string): Promise<Buffer> {
  const from = address(required(form, 'Source'));
  const to = members(form, 'Destination.ToAddresses').map(address);
  const cc = members(form, 'Destination.CcAddresses').map(address);
  const bcc = members(form, 'Destination.BccAddresses').map(address);
  checkRecipients([...to, ...cc, ...bcc]);
  const text = form.get('Message.Body.Text.Data');
  const html = form.get('Message.Body.Html.Data');
  if (text === null && html === null)
    throw new SesError('InvalidParameterValue', 'Message body has neither text nor html');
  const composer = new MailComposer({
    from,
    to,
    cc,
    replyTo: members(form, 'ReplyToAddresses').map(address),
    subject: required(form, 'Message.Subject.Data'),
    ...(text === null ? {} : { text }),
    ...(html === null ? {} : { html }),
    messageId: headerId(messageId),
    ...envelopeHeader(bcc),
  });
  return await composer.compile().build();
}

/** `SendRawEmail`: the message as it came, with the two headers that SES adds. */
export function completeRawEmail(form: URLSearchParams, messageId: string): Buffer {
  const raw = Buffer.from(required(form, 'RawMessage.Data'), 'base64');
  const destinations = members(form, 'Destinations').map(address);
  if (destinations.length > 0) checkRecipients(destinations);
  const headers = headerBlock(raw);
  const field = (name: string) => new RegExp(`^${name}:`, 'im').test(headers);
  if (!field('From') && form.get('Source') === null) {
    throw new SesError('InvalidParameterValue', "Missing required header 'From'.");
  }
  const missing = [
    ...(field('From') ? [] : [`From: ${address(required(form, 'Source'))}`]),
    ...(field('Date') ? [] : [`Date: ${new Date().toUTCString().replace('GMT', '+0000')}`]),
    ...(field('Message-ID') ? [] : [`Message-ID: ${headerId(messageId)}`]),
  ];
  return Buffer.concat([Buffer.from(missing.map((line) => `${line}\r\n`).join('')), raw]);
}

/** What SES writes into `Message-ID`, with a domain that can't exist. */
function headerId(messageId: string): string {
  return `<${messageId}@almanac.invalid>`;
}

/** Blind copies are not in the headers of a mail; here, where nothing is delivered, they would be lost. */
function envelopeHeader(bcc: string[]) {
  return bcc.length === 0 ? {} : { headers: { 'X-Almanac-Bcc': bcc.join(', ') } };
}

function checkRecipients(recipients: string[]): void {
  if (recipients.length === 0) throw new SesError('InvalidParameterValue', 'Recipient count is zero.');
  if (recipients.length > maxRecipients) {
    throw new SesError('MessageRejected', `Recipient count exceeds ${maxRecipients}.`);
  }
}

/** SES refuses what has no domain, in these words. */
function address(text: string): string {
  const [first] = addressParser(text);
  const mailbox = first?.address ?? '';
  if (!/^[^@\s]+@[^@\s]+$/.test(mailbox)) {
    throw new SesError('InvalidParameterValue', `Missing final '@domain' in the address '${text}'`);
  }
  return text;
}

function headerBlock(raw: Buffer): string {
  const end = /\r?\n\r?\n/.exec(raw.toString('latin1'));
  if (end === null) throw new SesError('InvalidParameterValue', 'The raw message has no empty line after its headers.');
  return raw.subarray(0, end.index).toString('latin1');
}
