import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  GetSendQuotaCommand,
  ListIdentitiesCommand,
  SESClient,
  SendEmailCommand,
  SendRawEmailCommand,
} from '@aws-sdk/client-ses';
import MailComposer from 'nodemailer/lib/mail-composer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MailPage, type SesSink, startSesSink } from '../../../src/local/ses-sink/index.js';

let folder: string;
let sink: SesSink;
let ses: SESClient;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'almanac-mail-'));
  sink = await startSesSink({ port: 0, folder });
  ses = new SESClient({
    region: 'us-east-1',
    endpoint: sink.url,
    credentials: { accessKeyId: 'almanac', secretAccessKey: 'almanac-local' },
    maxAttempts: 1,
  });
});

afterAll(async () => {
  ses.destroy();
  await sink.close();
  await rm(folder, { recursive: true });
});

async function list(query = ''): Promise<MailPage> {
  const response = await fetch(`${sink.url}/local/mail${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as MailPage;
}

test('SendEmail becomes a mail that can be listed and read', async () => {
  const { MessageId } = await ses.send(
    new SendEmailCommand({
      Source: 'Almanac <almanac@example.com>',
      Destination: {
        ToAddresses: ['Ops <ops@example.com>', 'b@example.com'],
        CcAddresses: ['c@example.com'],
        BccAddresses: ['blind@example.com'],
      },
      ReplyToAddresses: ['reply@example.com'],
      Message: {
        Subject: { Data: 'Flüge & <Zahlen>' },
        Body: { Text: { Data: 'line 1\nline 2 – ü' }, Html: { Data: '<p>ü &amp; more</p>' } },
      },
    }),
  );
  const [mail] = (await list()).items;
  expect(mail).toEqual({
    id: MessageId,
    date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    from: 'almanac@example.com',
    to: ['ops@example.com', 'b@example.com'],
    cc: ['c@example.com'],
    subject: 'Flüge & <Zahlen>',
    text: 'line 1\nline 2 – ü',
    html: expect.stringContaining('<p>ü &amp; more</p>'),
    attachments: [],
  });
  const eml = await fetch(`${sink.url}/local/mail/${MessageId}`);
  expect(eml.headers.get('content-type')).toBe('message/rfc822');
  const text = await eml.text();
  expect(text).toContain('Reply-To: reply@example.com');
  expect(text).toContain('X-Almanac-Bcc: blind@example.com');
  expect(await readdir(folder)).toEqual([`${MessageId}.eml`]);
});

test('SendRawEmail keeps attachments, byte for byte', async () => {
  const content = Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 256));
  const raw = await new MailComposer({
    from: 'almanac@example.com',
    to: 'ops@example.com',
    subject: 'report',
    text: 'see attachment',
    attachments: [{ filename: 'numbers.bin', content }],
  })
    .compile()
    .build();
  const { MessageId } = await ses.send(new SendRawEmailCommand({ RawMessage: { Data: raw } }));
  const [mail] = (await list('?limit=1')).items;
  expect(mail).toMatchObject({ id: MessageId, attachments: [{ filename: 'numbers.bin', size: 3000 }] });
  const eml = Buffer.from(await (await fetch(`${sink.url}/local/mail/${MessageId}`)).arrayBuffer());
  expect(eml.equals(raw)).toBe(true);
});

test('the list is newest first and paged', async () => {
  const sent: (string | undefined)[] = [];
  for (const number of [1, 2, 3]) {
    const raw = Buffer.from(`From: a@example.com\r\nTo: b@example.com\r\nSubject: ${number}\r\n\r\nbody\r\n`);
    sent.push((await ses.send(new SendRawEmailCommand({ RawMessage: { Data: raw } }))).MessageId);
  }
  const first = await list('?limit=2');
  expect(first.items.map((mail) => mail.subject)).toEqual(['3', '2']);
  const second = await list(`?limit=1&pageToken=${first.nextPageToken}`);
  expect(second.items.map((mail) => mail.id)).toEqual([sent[0]]);
});

test('wrong calls fail as SES fails them', async () => {
  const mail = (to: string[]) =>
    new SendEmailCommand({
      Source: 'a@example.com',
      Destination: { ToAddresses: to },
      Message: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } },
    });
  await expect(ses.send(mail(['nobody']))).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    $metadata: { httpStatusCode: 400 },
  });
  await expect(ses.send(mail([]))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await expect(ses.send(mail(Array.from({ length: 51 }, (_, i) => `u${i}@example.com`)))).rejects.toMatchObject({
    name: 'MessageRejected',
  });
  await expect(ses.send(new ListIdentitiesCommand({}))).rejects.toMatchObject({ name: 'InvalidAction' });
  expect(await ses.send(new GetSendQuotaCommand({}))).toMatchObject({ Max24HourSend: 50_000 });
});

test('a page that points its own name at 127.0.0.1 is refused, and so are forms of other pages', async () => {
  expect(await statusWith({ host: `evil.example:${sink.port}` })).toBe(403);
  expect(await statusWith({ origin: 'https://evil.example' })).toBe(403);
  expect(await statusWith({ host: `localhost:${sink.port}` })).toBe(200);
  expect((await fetch(`${sink.url}/local/mail/..%2f..%2fetc%2fpasswd`)).status).toBe(404);
});

function statusWith(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(`${sink.url}/local/mail`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on('error', reject);
    call.end();
  });
}
