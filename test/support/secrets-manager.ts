import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const requestBody = z.object({ SecretId: z.string(), SecretString: z.string().optional() });

export interface TestSecretsManager {
  url: string;
  /** Text by name or ARN; a secret that has none yet is null. */
  secrets: Map<string, string | null>;
  /** `GetSecretValue <id>` in the order in which they came. */
  calls: string[];
  /** Called before each answer: throw to fail the call, or wait. */
  beforeAnswer: (call: string) => Promise<void> | void;
  close(): Promise<void>;
}

/** AWS Secrets Manager on 127.0.0.1, as far as its wire protocol (AWS JSON 1.1) for these two calls goes; the client is the real one of the SDK. */
export async function startSecretsManager(secrets: Record<string, string | null>): Promise<TestSecretsManager> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = requestBody.parse(JSON.parse(Buffer.concat(chunks).toString()));
    const operation = String(request.headers['x-amz-target']).replace('secretsmanager.', '');
    const call = `${operation} ${body.SecretId}`;
    manager.calls.push(call);
    const answer = (status: number, fields: object) =>
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify({ ARN: body.SecretId, ...fields }));
    try {
      await manager.beforeAnswer(call);
    } catch (error) {
      return answer(400, { __type: 'AccessDeniedException', message: String(error) });
    }
    const text = manager.secrets.get(body.SecretId);
    const missing = { __type: 'ResourceNotFoundException', message: 'there is no such secret, or no value in it' };
    if (operation === 'GetSecretValue') {
      return typeof text === 'string' ? answer(200, { SecretString: text }) : answer(400, missing);
    }
    if (text === undefined || operation !== 'PutSecretValue') return answer(400, missing);
    manager.secrets.set(body.SecretId, body.SecretString ?? '');
    return answer(200, {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const manager: TestSecretsManager = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets: new Map(Object.entries(secrets)),
    calls: [],
    beforeAnswer: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return manager;
}

/** Variables by which the SDK finds it. */
export function secretsManagerEnvironment({ url }: { url: string }): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
  };
}
