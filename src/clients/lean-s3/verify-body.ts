import { Readable } from 'node:stream';
import { checkOf } from './body-check.js';
import type { LeanAnswer } from './lean-output.js';

/**
 * Makes the body of an answer fail instead of end when it is not what the checksum that came with it says. To be called before
 * the first byte. It looks at the bytes as they are put into the stream: one more stream behind it would queue them once more.
 */
export function verifyBody(answer: LeanAnswer): void {
  const { body } = answer;
  if (!(body instanceof Readable)) return;
  const check = checkOf(answer);
  if (check === undefined) return;
  const push = body.push.bind(body);
  body.push = (chunk, encoding) => {
    if (chunk !== null) {
      check.update(chunk);
      return push(chunk, encoding);
    }
    check.verify().then(
      () => push(null),
      (error: Error) => body.destroy(error),
    );
    return false;
  };
}
