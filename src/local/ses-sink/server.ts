import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { completeRawEmail, composeEmail } from './compose.js';
import { MailFolder } from './mail-folder.js';
import { errorXml, required, resultXml, SesError } from './query-protocol.js';

export interface SesSinkOptions {
  /** 0 takes a free port. */
  port: number;
  /** Where the `.eml` files are kept. */
  folder: string;
}

export interface SesSink {
  /** `http://127.0.0.1:<port>`: the value of AWS_ENDPOINT_URL_SES, and the base of `/local/mail`. */
  url: string;
  port: number;
  close(): Promise<void>;
}

/** SES takes 40 MB a message; base64 in a form is half as long again at worst. */
const maxBody = 64 * 1024 * 1024;
const pageSize = { usual: 200, most: 1000 };

/**
 * An SES endpoint that delivers nothing: what is sent becomes an `.eml` file. `GET /local/mail?limit&pageToken` lists
 * them, newest first, and `GET /local/mail/{id}` is one as it was sent. Listens on 127.0.0.1 only.
 */
export async function startSesSink({ port, folder }: SesSinkOptions): Promise<SesSink> {
  const mails = new MailFolder(folder);
  const server = createServer((request, response) => {
    handle(mails, request, response).catch((error: unknown) => answerError(response, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function handle(mails: MailFolder, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!fromThisMachine(request)) {
    return answerJson(response, 403, { message: 'only reachable under a loopback name' });
  }
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (request.method === 'POST' && url.pathname === '/') {
    const form = new URLSearchParams((await readBody(request)).toString('utf8'));
    const requestId = randomUUID();
    response.setHeader('x-amzn-requestid', requestId);
    return answer(response, 200, 'text/xml', await act(mails, form, requestId));
  }
  if (request.method !== 'GET')
    return answerJson(response, 405, { message: `${request.method} is not supported here` });
  if (url.pathname === '/local/mail') {
    const limit = Math.min(Number(url.searchParams.get('limit') ?? pageSize.usual), pageSize.most);
    if (!Number.isInteger(limit) || limit < 1) {
      return answerJson(response, 400, { message: `limit must be a whole number from 1 to ${pageSize.most}` });
    }
    return answerJson(response, 200, await mails.list(limit, url.searchParams.get('pageToken') ?? undefined));
  }
  const id = /^\/local\/mail\/([^/]+)$/.exec(url.pathname)?.[1];
  const eml = id === undefined ? undefined : await mails.read(id);
  if (eml === undefined) return answerJson(response, 404, { message: `no mail at ${url.pathname}` });
  return answer(response, 200, 'message/rfc822', eml);
}

/** One SES action → its answer as XML. */
async function act(mails: MailFolder, form: URLSearchParams, requestId: string): Promise<string> {
  const action = required(form, 'Action');
  switch (action) {
    case 'SendEmail':
    case 'SendRawEmail': {
      const id = mails.newId();
      await mails.write(id, action === 'SendEmail' ? await composeEmail(form, id) : completeRawEmail(form, id));
      return resultXml(action, { MessageId: id }, requestId);
    }
    case 'GetSendQuota':
      return resultXml(action, { Max24HourSend: '50000', MaxSendRate: '14', SentLast24Hours: '0' }, requestId);
    case 'VerifyEmailIdentity':
      return resultXml(action, {}, requestId);
    default:
      throw new SesError('InvalidAction', `The action ${action} is not known to the local mail sink.`);
  }
}

/** Against DNS rebinding (Host) and forms on web pages (Origin): both would name another host. */
function fromThisMachine(request: IncomingMessage): boolean {
  const { host, origin } = request.headers;
  return host !== undefined && isLoopback(`http://${host}`) && (origin === undefined || isLoopback(origin));
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxBody) throw new SesError('MessageRejected', `Message length is more than ${maxBody} bytes.`, 413);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function answerError(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof SesError
      ? error
      : new SesError('InternalFailure', error instanceof Error ? error.message : String(error), 500);
  if (response.headersSent) return void response.destroy();
  answer(response, known.status, 'text/xml', errorXml(known, randomUUID()));
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  answer(response, status, 'application/json', JSON.stringify(body));
}

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
