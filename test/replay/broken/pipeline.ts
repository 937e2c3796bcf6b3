import { sleep } from '@temporalio/workflow';
import type { PipelineInput, PipelineResult } from '../../../src/domain/pipeline.js';
import { pipeline as good } from '../../../src/workflows/pipeline.js';

/** The pipeline with a timer that recorded runs do not have: what a careless edit would do. */
export async function pipeline(input: PipelineInput): Promise<PipelineResult> {
  await sleep(1);
  return good(input);
}
