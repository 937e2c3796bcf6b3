import { AlmanacError } from '../domain/errors.js';
import type { Cli } from './cli.js';
import { findServer, type Server } from './server.js';

/** Where a callback is answered. The token is the right to do so: it is never printed. */
export interface CallbackTarget {
  server: Server;
  token: string;
}

// DESIGN §8: {base}/v1/callbacks/{token}/{operation}; the operation of a pasted link does not matter.
const callbackPath = /^(.*)\/v1\/callbacks\/([^/]+)(?:\/(?:complete|fail|heartbeat|cancel)?)?$/;
const tokenShape = /^[\w.~-]+$/;

/**
 * Reads a token, or any of the callback's URLs. A URL says itself where its server is; a bare token goes to the API that
 * every verb speaks to. The API key stays here: a callback needs none, and the URL may be anybody's.
 */
export function findCallbackTarget(argument: string, cli: Cli): CallbackTarget {
  if (URL.canParse(argument) && /^https?:/i.test(argument)) {
    const url = new URL(argument);
    const [, prefix = '', token = ''] = callbackPath.exec(url.pathname) ?? [];
    if (tokenShape.test(token)) {
      return {
        token,
        server: {
          url: `${url.origin}${prefix}`,
          key: undefined,
          hint: 'the callback URL names this server: is it up?',
        },
      };
    }
  } else if (tokenShape.test(argument)) {
    return { token: argument, server: { ...findServer(cli.host, cli.options), key: undefined } };
  }
  throw new AlmanacError(
    'invalid-input',
    'that is neither a callback token nor a callback URL: paste the whole URL, as in https://…/v1/callbacks/<token>/complete',
  );
}
