import { AlmanacError, type ErrorCode } from '../domain/errors.js';
import { HttpClient } from './backend/http-client.js';
import { findCallbackTarget } from './callback-target.js';
import type { Cli } from './cli.js';

/** What to make of the answers of DESIGN §8, in words for the person who pasted the link. */
const sentences: Partial<Record<ErrorCode, string>> = {
  'not-found': 'this token opens no callback: copy the whole URL, to the last character',
  conflict: 'another outcome was delivered first: it stands',
  gone: 'this callback is over: it expired, or its run or step has ended',
  forbidden: 'this link does not allow that operation',
};

/** Delivers an outcome to a callback and prints the server's answer. */
export async function answerCallback(
  cli: Cli,
  argument: string,
  operation: 'complete' | 'fail',
  body: object,
): Promise<void> {
  const { server, token } = findCallbackTarget(argument, cli);
  const answer = await deliver(new HttpClient(server), token, operation, body);
  const again = typeof answer === 'object' && answer !== null && 'duplicate' in answer && answer.duplicate === true;
  const done = operation === 'complete' ? 'completed' : 'failed, as you said';
  cli.print(answer ?? {}, () => [`The callback is ${done}${again ? ' (it was already: nothing changed)' : ''}.`]);
}

async function deliver(client: HttpClient, token: string, operation: string, body: object): Promise<unknown> {
  try {
    return await client.send({
      method: 'POST',
      path: `/v1/callbacks/${token}/${operation}`,
      label: `POST /v1/callbacks/…/${operation}`,
      body,
    });
  } catch (error) {
    if (!(error instanceof AlmanacError)) throw error;
    const sentence = sentences[error.code];
    // The chain ends here: a cause may carry the address with the token.
    throw new AlmanacError(error.code, (sentence ?? error.message).replaceAll(token, '…'), { details: error.details });
  }
}
