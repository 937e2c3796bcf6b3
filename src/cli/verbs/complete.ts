import { answerCallback } from '../answer-callback.js';
import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { readJsonArgument } from '../json-input.js';

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<token|url>', 'token of the callback, or any of its URLs')
    .option('--output <json>', 'output of the step: JSON, @file, or - for standard input (else {})')
    .addHelpText(
      'after',
      examples(
        `almanac complete "$CALLBACK_URL" --output '{"rows":1200}'`,
        'generate-report | almanac complete "$CALLBACK_URL" --output -',
      ),
    )
    .action(async (target: string, { output }: { output?: string }) => {
      const body = { output: output === undefined ? {} : await readJsonArgument(output, '--output', cli.host) };
      await answerCallback(cli, target, 'complete', body);
    });
};
