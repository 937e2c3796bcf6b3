import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';

interface EndOptions {
  runId?: string;
  reason?: string;
}

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<workflowId>', 'workflow id of the run')
    .option('--run-id <id>', 'one run of this workflow id (else the latest)')
    .option('--reason <text>', 'why; kept with the run')
    .addHelpText('after', examples('almanac terminate nightly-orders-2026-01-31T01:00:00Z --reason "wrong input"'))
    .action(async (workflowId: string, { runId, reason }: EndOptions) => {
      const backend = await cli.backend();
      const ended = await backend.terminateRun(workflowId, runId, reason);
      const run = await backend.getRun(ended.workflowId, ended.runId);
      cli.print(run, () => [`${workflowId} terminated`]);
    });
};
