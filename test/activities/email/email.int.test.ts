import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSesClient } from '../../../src/clients/ses.js';
import { type MailView, type SesSink, startSesSink } from '../../../src/local/ses-sink/index.js';
import { type CallbackHarness, eventually, startCallbackHarness } from '../../support/callback-harness.js';
import { newBucket, testS3 } from '../../support/s3.js';

let folder: string;
let sink: SesSink;
let harness: CallbackHarness;
let s3: S3Client;
let bucket: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'almanac-mail-'));
  sink = await startSesSink({ port: 0, folder });
  s3 = testS3();
  bucket = await newBucket(s3, 'attachments');
  const ses = createSesClient({ region: 'us-east-1', sesEndpoint: sink.url });
  harness = await startCallbackHarness({ s3, ses });
});
afterAll(async () => {
  await harness?.stop();
  await sink?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function mails(): Promise<MailView[]> {
  const { items } = (await (await fetch(`${sink.url}/local/mail`)).json()) as { items: MailView[] };
  return items;
}

async function parsed(id: string) {
  return PostalMime.parse(await (await fetch(`${sink.url}/local/mail/${id}`)).arrayBuffer());
}

const put = (key: string, body: string | Buffer) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'text/csv' }));

describe('email.send', () => {
  it('sends text, HTML and objects of S3, and says which run and step it is from', async () => {
    await put('reports/ö ä.csv', 'a,b\n1,2\n');
    const handle = await harness.start('email.send', {
      to: ['ops@example.com', 'more@example.com'],
      cc: ['boss@example.com'],
      subject: 'Orders geladen: 3 €',
      text: 'plain\nlines',
      html: '<b>rich</b>',
      attachments: [{ bucket, key: 'reports/ö ä.csv' }],
    });
    const { messageId } = (await handle.result()) as { messageId: string };
    const mail = await parsed(messageId);
    expect(mail).toMatchObject({
      subject: 'Orders geladen: 3 €',
      from: { address: 'almanac@example.com' },
      to: [{ address: 'ops@example.com' }, { address: 'more@example.com' }],
      cc: [{ address: 'boss@example.com' }],
      html: expect.stringContaining('<b>rich</b>'),
    });
    expect(mail.text?.trim()).toBe('plain\nlines');
    expect(mail.attachments).toMatchObject([{ filename: 'ö ä.csv', mimeType: 'text/csv' }]);
    expect(Buffer.from(mail.attachments[0]?.content as ArrayBuffer).toString()).toBe('a,b\n1,2\n');
    const { runId } = await handle.describe();
    const header = mail.headers.find(({ key }) => key === 'almanac-run');
    expect(header?.value).toBe(`${handle.workflowId}/${runId}/load`);
  });

  it.each([
    ['AttachmentTooLarge', ['big-1', 'big-2'], /big-2 takes the attachments over the limit of 7340032 bytes/],
    ['AttachmentMissing', ['not-there'], /not-there cannot be attached: NoSuchKey/],
  ])('fails with %s and sends nothing', async (type, keys, message) => {
    await put('big-1', Buffer.alloc(4 * 1024 * 1024));
    await put('big-2', Buffer.alloc(4 * 1024 * 1024));
    const before = (await mails()).length;
    const attachments = keys.map((key) => ({ bucket, key }));
    const handle = await harness.start('email.send', { to: ['a@example.com'], subject: 's', text: 't', attachments });
    const error = await handle.result().catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      cause: { cause: { type, nonRetryable: true, message: expect.stringMatching(message) } },
    });
    expect(await mails()).toHaveLength(before);
  });
});

describe('callback.wait', () => {
  it('mails a link to a page and those for programs, and waits until somebody answers', async () => {
    const handle = await harness.start('callback.wait', { notify: { to: ['approver@example.com'] } });
    const mail = await eventually('the mail', async () =>
      (await mails()).find(({ to }) => to.includes('approver@example.com')),
    );
    expect(mail.subject).toBe('Your answer is needed: load of one-step');
    const link = /http:\S+\/v1\/callbacks\/\S+/.exec(mail.text)?.[0] as string;
    expect(mail.html).toContain(`href="${link}"`);
    const page = await fetch(link, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('This step waits for an answer');
    for (const operation of ['complete', 'fail']) {
      expect(mail.text).toContain(`${link}/${operation}\n`);
      expect(mail.html).toContain(`${link}/${operation}<`);
    }
    const answer = await fetch(`${link}/complete`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"output":{"approved":true}}',
    });
    expect(answer.status).toBe(200);
    expect(await handle.result()).toEqual({ approved: true });
  });

  it('waits without a mail too', async () => {
    const before = (await mails()).length;
    const handle = await harness.start('callback.wait', {});
    await eventually('the step to wait', async () => {
      const { items } = await harness.service.pending({ pageSize: 200 });
      return items.find((item) => item.workflowId === handle.workflowId && item.uses === 'callback.wait');
    });
    expect(await mails()).toHaveLength(before);
    await handle.terminate();
  });
});
