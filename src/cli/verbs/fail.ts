import { answerCallback } from '../answer-callback.js';
import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { readJsonArgument } from '../json-input.js';

interface FailOptions {
  message: string;
  code?: string;
  retryable?: true;
  details?: string;
}

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<token|url>', 'token of the callback, or any of its URLs')
    .requiredOption('--message <text>', 'what went wrong')
    .option('--code <code>', 'kind of the error, which retry.nonRetryable of the step may name')
    .option('--retryable', 'the step may be tried again')
    .option('--details <json>', 'more about it: JSON, @file, or - for standard input')
    .addHelpText(
      'after',
      examples(
        'almanac fail "$CALLBACK_URL" --message "the warehouse is closed"',
        'almanac fail "$CALLBACK_URL" --message "disk full" --code DiskFull --retryable',
      ),
    )
    .action(async (target: string, { message, code, retryable, details }: FailOptions) => {
      await answerCallback(cli, target, 'fail', {
        message,
        ...(code === undefined ? {} : { code }),
        ...(retryable === undefined ? {} : { retryable }),
        ...(details === undefined ? {} : { details: await readJsonArgument(details, '--details', cli.host) }),
      });
    });
};
