import { serve } from '@hono/node-server';
import type { WorkflowHandle } from '@temporalio/client';
import { freePort } from '../../../scripts/setup/free-port.mjs';
import { fixedKeyring } from '../../../src/clients/keyring.js';
import { testApp } from '../../support/api.js';
import { eventually, testWebhookSecret } from '../../support/callback-harness.js';
import { type Mail, startPlatform, type TestPlatform } from '../../support/platform.js';

export interface WaitingStep {
  handle: WorkflowHandle;
  mail: Mail & { html: string };
  /** The link of that mail. */
  link: string;
  /** The output of the step as the step after it read it, once the run has ended. */
  output(): Promise<unknown>;
}

/** The real worker, and the whole API on a port of 127.0.0.1, where the links of its mails lead. */
export interface AnswerablePlatform {
  platform: TestPlatform;
  url: string;
  /** Path of every request that the API got, with its method. */
  received: string[];
  /** A run whose first step waits until somebody answers by the link of its mail. */
  waiting(): Promise<WaitingStep>;
  stop(): Promise<void>;
}

export async function startAnswerablePlatform(): Promise<AnswerablePlatform> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const platform = await startPlatform({ publicUrl: url });
  const { app } = testApp(platform.client, {
    callbackKeys: fixedKeyring(JSON.stringify(platform.keyring)),
    webhookSecret: testWebhookSecret,
    publicUrl: url,
  });
  const received: string[] = [];
  const listening = serve({
    hostname: '127.0.0.1',
    port,
    fetch: (request, env) => {
      received.push(`${request.method} ${new URL(request.url).pathname}`);
      return app.fetch(request, env);
    },
  });
  let count = 0;
  return {
    platform,
    url,
    received,
    async waiting() {
      count += 1;
      const to = `approver-${count}@example.com`;
      const handle = await platform.run([
        { id: 'approve', uses: 'callback.wait', with: { notify: { to: [to] } } },
        {
          id: 'tell',
          uses: 'http.request',
          with: {
            url: `${platform.partner.url}/${to}`,
            method: 'POST',
            body: { output: '{% $steps.approve.output %}' },
          },
        },
      ]);
      const mail = await eventually('the mail', async () =>
        (await platform.mails()).find((sent) => sent.to.includes(to)),
      );
      const link = /http:\S+\/v1\/callbacks\/\S+/.exec(mail.text)?.[0];
      if (link === undefined || mail.html === undefined) throw new Error('the mail has no link, or no HTML');
      // The mail is sent before the step begins to wait.
      await eventually('the step to wait', async () => {
        const { pendingActivities } = await handle.describe().then(({ raw }) => raw);
        return pendingActivities?.length === 1 ? true : undefined;
      });
      const output = async (): Promise<unknown> => {
        await handle.result();
        const told = platform.partner.received.filter(({ path }) => path === `/${to}`);
        if (told.length !== 1) throw new Error(`the step after it ran ${told.length} times`);
        return JSON.parse(told[0]?.body ?? '').output;
      };
      return { handle, mail: { ...mail, html: mail.html }, link, output };
    },
    async stop() {
      await new Promise((resolve) => listening.close(resolve));
      await platform.stop();
    },
  };
}
