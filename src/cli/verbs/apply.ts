import { AlmanacError } from '../../domain/errors.js';
import type { AppliedChange, ApplyView, PlanView } from '../../domain/plan/plan.js';
import { checkApplied } from '../check-applied.js';
import type { Cli, ConfigureVerb } from '../cli.js';
import { confirm } from '../confirm.js';
import { examples } from '../examples.js';
import { appliedLine, appliedSummary, exitCodeOf } from '../output/plan/applied-lines.js';
import { planLines } from '../output/plan/plan-lines.js';
import { hasChanges } from '../output/plan/summary-text.js';
import { count, oneLine } from '../output/text.js';
import { addPlanFlags, type PlanFiles, type PlanFlags, printWarnings, readPlanFiles } from '../plan-request.js';

interface Options extends PlanFlags {
  yes?: true;
}

export const configure: ConfigureVerb = (command, cli) => {
  addPlanFlags(command)
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `\nShows the plan and asks. Where there is nobody to ask it goes on, unless something would be deleted: then it wants --yes.
A pause, a note or a count of remaining actions set by hand stays, unless the file says something new about it.
One schedule that fails does not keep the others from being applied.\n${examples(
        'almanac apply',
        'almanac apply --prune --yes',
        'almanac apply schedules/nightly-orders.json --yes --json',
      )}`,
    )
    .action(async (target: string | undefined, options: Options) => {
      const files = await readPlanFiles(target, options, cli);
      printWarnings(files.warnings, cli);
      const plan = await (await cli.backend()).plan(files.request);
      if (!cli.json) cli.out.lines(planLines(plan, files.byId, cli));
      if (!hasChanges(plan)) {
        // Nothing was written, so the plan is what apply has to say as well.
        if (cli.json) cli.out.json(unchanged(plan));
        else cli.out.line('Nothing to change.');
        return;
      }
      if (!options.yes && !(await mayApply(plan, cli))) {
        cli.err.line('Nothing was changed.');
        cli.exitCode = 1;
        return;
      }
      await applyPlan(files, plan, cli);
    });
};

/** @throws AlmanacError `invalid-input` when something would be deleted and nobody is there to ask */
async function mayApply(plan: PlanView, cli: Cli): Promise<boolean> {
  const { create, update, delete: deleted } = plan.summary;
  if (cli.host.stdin.isTTY === true && !cli.json) {
    return confirm(cli, `Apply ${count(create + update + deleted, 'change')}?`);
  }
  if (deleted === 0) return true;
  const ids = plan.changes.filter(({ action }) => action === 'delete').map(({ id }) => id);
  const message = `${count(deleted, 'schedule')} would be deleted, and nobody is there to ask: say --yes, or leave out --prune`;
  throw new AlmanacError('invalid-input', message, {
    details: ids.map((id) => ({ path: id, message: 'would be deleted' })),
  });
}

async function applyPlan({ request }: PlanFiles, plan: PlanView, cli: Cli): Promise<void> {
  const backend = await cli.backend();
  const deletions = plan.changes.filter(({ action }) => action === 'delete').map(({ id }) => id);
  const interrupt = new AbortController();
  const unlisten = cli.host.onInterrupt(() => interrupt.abort());
  try {
    const done = await backend.apply(
      // Only what was shown is deleted, whatever there is by now.
      { ...request, prune: deletions },
      plan,
      {
        signal: interrupt.signal,
        onChange: (change, progress) => {
          if (!cli.json) cli.out.line(appliedLine(change, progress, cli));
        },
      },
    );
    const applied = interrupt.signal.aborted ? done : await lookAgain(done, request, cli);
    if (!cli.json) cli.out.lines(overtakenLines(done, applied, cli));
    cli.print(applied, () => [cli.out.paint('strong', appliedSummary(applied))]);
    cli.exitCode = exitCodeOf(applied.changes.flatMap(({ error }) => (error === undefined ? [] : [error])));
  } finally {
    unlisten();
  }
}

async function lookAgain(applied: ApplyView, request: PlanFiles['request'], cli: Cli): Promise<ApplyView> {
  try {
    // To prune more would call a schedule of another apply a deletion, and deep a pause by hand a change.
    const prune = applied.changes.filter(({ result }) => result === 'deleted').map(({ id }) => id);
    const later = await (await cli.backend()).plan({ ...request, prune, deep: false });
    return checkApplied(applied, later);
  } catch (error) {
    if (!(error instanceof AlmanacError)) throw error;
    cli.err.line(`warning: whether all of it lasted could not be seen: ${error.message}`);
    return applied;
  }
}

/** What had its line already, and did not last. */
function overtakenLines(done: ApplyView, applied: ApplyView, cli: Cli): string[] {
  return applied.changes.flatMap(({ id, error }, index) =>
    error === undefined || done.changes[index]?.error !== undefined
      ? []
      : [cli.out.paint('bad', `${oneLine(id)}: ${oneLine(error.detail)}`)],
  );
}

function unchanged(plan: PlanView): ApplyView {
  const changes = plan.changes.map((change): AppliedChange => ({ ...change, result: 'unchanged' }));
  return { ...plan, summary: { ...plan.summary, failed: 0 }, changes };
}
