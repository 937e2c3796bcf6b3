/** The answer is of a form that is not read here: too large, of no known length, or not HTTP/1.1. */
export class NotSimpleError extends Error {
  override readonly name = 'NotSimpleError';

  constructor(
    message: string,
    /** As far as it is known. */
    readonly status?: number,
  ) {
    super(message);
  }
}
