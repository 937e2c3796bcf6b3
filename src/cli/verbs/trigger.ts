import { Option } from 'commander';
import { type OverlapPolicy, overlapPolicies } from '../../domain/definition/policies.js';
import { AlmanacError } from '../../domain/errors.js';
import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { readJsonArgument } from '../json-input.js';
import { watchRun } from '../watch-run.js';

interface TriggerOptions {
  input?: string;
  overlap?: OverlapPolicy;
  scheduledTime?: string;
  follow?: true;
}

/** A run just started is visible within moments; after this it is a fault. */
const appearsWithinMs = 10_000;

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<id>', 'id of the schedule')
    .option('--input <json>', "another $input than the definition's: JSON, @file, or - for standard input")
    .addOption(new Option('--overlap <policy>', 'what happens when a run is still going').choices([...overlapPolicies]))
    .option('--scheduled-time <instant>', 'nominal time of the run, ISO 8601 with Z or offset (else now)')
    .option('--follow', 'watch the run to its end; the exit code is its outcome')
    .addHelpText(
      'after',
      examples(
        'almanac trigger nightly-orders --follow',
        `almanac trigger nightly-orders --input '{"day":"2026-01-31"}'`,
        'almanac trigger nightly-orders --input @input.json --scheduled-time 2026-01-31T01:00:00Z',
      ),
    )
    .action(async (id: string, { input, overlap, scheduledTime, follow }: TriggerOptions) => {
      const request = {
        ...(overlap === undefined ? {} : { overlap }),
        ...(scheduledTime === undefined ? {} : { scheduledTime: checkInstant(scheduledTime) }),
        ...(input === undefined ? {} : { input: await readJsonArgument(input, '--input', cli.host) }),
      };
      const backend = await cli.backend();
      const run = await backend.triggerSchedule(id, request);
      if ('buffered' in run) {
        const notice = 'Its run starts when the one before it has ended.';
        return cli.print(run, () => [notice, `Find it then: almanac runs ${id}`]);
      }
      if (follow) {
        if (!cli.json) cli.err.line(`Started ${run.workflowId}`);
        return watchRun(cli, backend, { ...run, appearsWithinMs });
      }
      cli.print(run, () => [
        `Started ${run.workflowId} (run ${run.runId})`,
        `Watch it: almanac run ${run.workflowId} --follow`,
      ]);
    });
};

function checkInstant(text: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new AlmanacError('invalid-input', '--scheduled-time is not an instant: write it as in 2026-01-31T01:00:00Z', {
    details: [{ path: '--scheduled-time', message: 'ISO 8601 with Z or an offset', value: text }],
  });
}
