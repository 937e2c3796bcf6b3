import { AlmanacError } from '../../domain/errors.js';
import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { hasChanges } from '../output/plan/summary-text.js';
import { addPlanFlags, type PlanFlags, printWarnings, readPlanFiles } from '../plan-request.js';

interface Options extends PlanFlags {
  markdown?: true;
  exitCode?: true;
}

/** What `--exit-code` ends with when there are changes. */
const changesExitCode = 3;

export const configure: ConfigureVerb = (command, cli) => {
  addPlanFlags(command)
    .option('--markdown', 'print it for a pull request')
    .option('--exit-code', 'end with 3 when there are changes')
    .addHelpText(
      'after',
      `\nChanges nothing. Without --deep the list of schedules is read, and described is only what differs from what was applied.\n${examples(
        'almanac plan',
        'almanac plan --deep --exit-code',
        'almanac plan --prune --horizon 7d',
        'almanac plan --markdown > plan.md',
        'almanac plan --json | jq \'.changes[] | select(.action != "no-op") | .id\'',
      )}`,
    )
    .action(async (target: string | undefined, options: Options) => {
      if (cli.json && options.markdown) throw new AlmanacError('invalid-input', 'give --json or --markdown, not both');
      const { request, byId, warnings } = await readPlanFiles(target, options, cli);
      printWarnings(warnings, cli);
      const plan = await (await cli.backend()).plan(request);
      if (options.markdown) {
        const { planMarkdown } = await import('../output/plan/plan-markdown.js');
        cli.out.lines(planMarkdown(plan, byId));
      } else {
        const { planLines } = await import('../output/plan/plan-lines.js');
        cli.print(plan, () => planLines(plan, byId, cli));
      }
      if (options.exitCode && hasChanges(plan)) cli.exitCode = changesExitCode;
    });
};
