import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Answer = (request: ReceivedRequest, response: ServerResponse) => void;

export interface HttpPartner {
  url: string;
  port: number;
  received: ReceivedRequest[];
  /** What it answers from now on. */
  answer: Answer;
  close(): Promise<void>;
}

/** A real HTTP server of 127.0.0.1 that keeps what it was sent. Answers 202 unless told otherwise. */
export async function startPartner(): Promise<HttpPartner> {
  const received: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const one = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
    received.push(one);
    partner.answer(one, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const partner: HttpPartner = {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    answer: (_request, response) => response.writeHead(202).end(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return partner;
}
