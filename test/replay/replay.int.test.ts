import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, test } from 'vitest';
import { bundleWorkflows } from '../../src/worker/workflow-bundle.js';
import { historiesFolder } from '../support/histories.js';
import { installQuietRuntime, testBundle } from '../support/worker.js';

const histories = readdirSync(historiesFolder).filter((file) => file.endsWith('.json'));

function load(file: string): { workflowId: string; history: unknown } {
  return JSON.parse(readFileSync(`${historiesFolder}${file}`, 'utf8'));
}

describe("recorded histories replay against today's workflows", () => {
  test('there are histories', () => {
    expect(histories.length).toBeGreaterThanOrEqual(5);
  });

  test.each(histories)('%s', async (file) => {
    installQuietRuntime();
    const { workflowId, history } = load(file);
    await Worker.runReplayHistory({ workflowBundle: await testBundle() }, history, workflowId);
  });

  test('a deliberate break is seen', async () => {
    installQuietRuntime();
    const broken = await bundleWorkflows('test/replay/broken');
    const { workflowId, history } = load('in-order.json');
    await expect(Worker.runReplayHistory({ workflowBundle: broken }, history, workflowId)).rejects.toThrow(
      DeterminismViolationError,
    );
  });
});
