import type { Backend } from './backend/backend.js';
import type { ConfigureVerb } from './cli.js';
import { examples } from './examples.js';

interface EndRunVerb {
  example: string;
  /** The call that ends the run. */
  end: keyof Pick<Backend, 'cancelRun' | 'terminateRun'>;
  /** What is said of it, after the workflow id. */
  said: string;
}

interface EndOptions {
  runId?: string;
  reason?: string;
}

/** The verbs that end a run take the same arguments and answer with the run. */
export function endRunVerb({ example, end, said }: EndRunVerb): ConfigureVerb {
  return (command, cli) => {
    command
      .argument('<workflowId>', 'workflow id of the run')
      .option('--run-id <id>', 'one run of this workflow id (else the latest)')
      .option('--reason <text>', 'why; kept with the run')
      .addHelpText('after', examples(example))
      .action(async (workflowId: string, { runId, reason }: EndOptions) => {
        const backend = await cli.backend();
        const ended = await backend[end](workflowId, runId, reason);
        const run = await backend.getRun(ended.workflowId, ended.runId);
        cli.print(run, () => [`${workflowId} ${said}`]);
      });
  };
}
