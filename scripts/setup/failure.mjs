/** A failure that the user can do something about: the message is all there is to say. */
export class SetupError extends Error {}

/** Prints what went wrong and ends with exit code 1. */
export function exitWithMessage(error) {
  const text = error instanceof SetupError ? error.message : (error.stack ?? String(error));
  process.stderr.write(`\nAlmanac: ${text}\n`);
  process.exit(1);
}
