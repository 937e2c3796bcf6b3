import { z } from 'zod';
import { AlmanacError } from '../../domain/errors.js';
import { HttpClient } from '../backend/http-client.js';
import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { formatFields } from '../output/table.js';
import { when } from '../output/when.js';
import { findServer } from '../server.js';

const links = z.object({
  complete: z.string(),
  fail: z.string(),
  heartbeat: z.string(),
  cancel: z.string(),
  expiresAt: z.string(),
});

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<workflowId>', 'workflow id of the run')
    .argument('<step>', 'id of the step that waits')
    .option('--run-id <runId>', 'run id (else the latest run of the workflow id)')
    .addHelpText(
      'after',
      `\nThe links that are out stay good. Whoever has a link can answer: pass it on with care.\n${examples(
        'almanac links nightly-orders-2026-11-23T01:00:00Z load',
        "almanac links nightly-orders-2026-11-23T01:00:00Z load --json | jq -r '.complete'",
      )}`,
    )
    .action(async (workflowId: string, step: string, { runId }: { runId?: string }) => {
      const client = new HttpClient(findServer(cli.host, cli.options));
      const path = `/v1/runs/${encodeURIComponent(workflowId)}/steps/${encodeURIComponent(step)}/links`;
      const answer = links.safeParse(await client.send({ method: 'POST', path, query: { runId } }));
      if (!answer.success) throw new AlmanacError('failed', 'the server answered without links: is it an Almanac API?');
      const { expiresAt, ...urls } = answer.data;
      cli.print(answer.data, () =>
        formatFields(
          [
            ['page', urls.complete.replace(/\/complete$/, '')],
            ...Object.entries(urls),
            ['until', when(cli, expiresAt)],
          ],
          cli.out.paint,
        ),
      );
    });
};
