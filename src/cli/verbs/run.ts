import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { runLines } from '../output/run-lines.js';
import { watchRun } from '../watch-run.js';

interface RunOptions {
  runId?: string;
  follow?: true;
}

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<workflowId>', 'workflow id of the run, as runs and trigger print it')
    .option('--run-id <id>', 'one run of this workflow id (else the latest)')
    .option('--follow', 'watch it to its end: exit code 0 when it completed, 1 otherwise; Ctrl-C leaves the run alone')
    .addHelpText(
      'after',
      examples(
        'almanac run nightly-orders-2026-01-31T01:00:00Z',
        'almanac run nightly-orders-2026-01-31T01:00:00Z --follow',
        "almanac run nightly-orders-2026-01-31T01:00:00Z --json | jq '.steps[].status'",
      ),
    )
    .action(async (workflowId: string, { runId, follow }: RunOptions) => {
      const backend = await cli.backend();
      if (follow) return watchRun(cli, backend, { workflowId, runId });
      const run = await backend.getRun(workflowId, runId);
      cli.print(run, () => runLines(run, cli));
    });
};
