import type { S3Client } from '@aws-sdk/client-s3';
import { Context } from '@temporalio/activity';
import type { StepOutput, StepWith } from '../../domain/steps/registry.js';
import { type ProgressReporter, withProgress } from '../heartbeat.js';
import { clearingUp } from './clear-up.js';
import { doneRecords } from './done-records.js';
import { s3Failure } from './failures.js';
import { FinishedCombined } from './finished-combined.js';
import { isEmpty } from './finished-output.js';
import { takeInventory } from './inventory.js';
import { fingerprintOf } from './journal-entries.js';
import { Journals } from './journals.js';
import { type CompiledRules, compileRules } from './line-filter.js';
import { openManifest } from './manifest.js';
import { createPartMemory, type PartMemory } from './part-memory.js';
import { Targets } from './targets.js';
import { type FailedRecord, Tolerance } from './tolerance.js';
import { combineObjects } from './transform-combined.js';
import { transformEach } from './transform-each.js';

type TransformStep = StepWith<'s3.transform'>;

/** One line of the manifest: a source and the output that came of it; of a combined output, a source or the output alone. */
export interface TransformRecord {
  /** Absent for the line that describes a combined output. */
  key?: string;
  targetKey: string;
  bytesIn: number;
  linesIn: number;
  linesOut: number;
  sourceEtag?: string;
  /** The rest is absent for the sources of a combined output. */
  bytesOut?: number;
  /** Hexadecimal, of the output as it is in S3. */
  sha256?: string;
  targetEtag?: string;
}

/** What both ways of transforming work with. */
export interface TransformRun {
  readonly s3: S3Client;
  readonly step: TransformStep;
  readonly rules: CompiledRules;
  readonly targets: Targets;
  readonly tolerance: Tolerance;
  readonly journals: Journals;
  /** Stands for everything but the source that decides what an output is. */
  readonly rulesFingerprint: string;
  /** There may be outputs that need not be written again. */
  readonly reuse: boolean;
  readonly memory: PartMemory;
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
}

/** Parts of outputs that a worker holds in memory at once: of all its steps, some 28 MB: one is filled while two are on their way. */
const partsInMemory = 3;

/** `s3.transform`: see its schema in domain/steps. An empty source is a success with nothing done. */
export function createTransform(s3: S3Client) {
  const memory = createPartMemory(partsInMemory);
  return ({ with: step }: { with: TransformStep }): Promise<StepOutput<'s3.transform'>> =>
    withProgress('bytes', async (progress, signal) => {
      const targets = new Targets(step.source, step.target, step.manifest);
      const { target } = step;
      const rules = rulesOf(step);
      const rulesFingerprint = fingerprintOf(step.keep, step.drop, step.redact, step.compression ?? 'same');
      const tolerance = new Tolerance(step.tolerate?.failedPercent, step.source);
      const { workflowId } = Context.current().info.workflowExecution ?? {};
      const journals = await Journals.open(s3, target, signal, workflowId);
      return clearingUp({ drop: () => journals.discard() }, async () => {
        const inventory = await takeInventory(s3, step.source, progress, signal, step.tolerate !== undefined);
        const reuse = 'prefix' in target && !(await isEmpty(s3, target.bucket, target.prefix, signal));
        const run: TransformRun = {
          s3,
          step,
          rules,
          targets,
          tolerance,
          journals,
          rulesFingerprint,
          reuse,
          memory,
          progress,
          signal,
        };
        const combined = 'key' in target ? new FinishedCombined(run, target) : undefined;
        const named = () => ({
          ...tolerance.failed,
          ...(step.manifest === undefined ? {} : { manifest: step.manifest }),
        });
        const finished = await combined?.find();
        if (finished !== undefined) {
          await journals.forget();
          return { ...finished, ...named() };
        }
        const manifest = await openManifest<TransformRecord | FailedRecord>(
          s3,
          target.bucket,
          step.manifest,
          journals,
          signal,
        );
        const output = { objects: 0, bytesIn: 0, bytesOut: 0, linesIn: 0, linesOut: 0 };
        const records =
          'key' in target ? combineObjects(run, inventory.pages, target) : transformEach(run, inventory.pages);
        try {
          for await (const done of doneRecords(records, manifest, tolerance, inventory.count)) {
            for (const record of done) {
              combined?.add(record);
              output.bytesOut += record.bytesOut ?? 0;
              if (record.key === undefined) continue;
              output.objects += 1;
              output.bytesIn += record.bytesIn;
              output.linesIn += record.linesIn;
              output.linesOut += record.linesOut;
              progress.setMessage(record.key);
            }
            progress.setObjects(output.objects, inventory.count());
          }
          tolerance.check(output.objects);
          const manifestEtag = await manifest.complete();
          await combined?.tag(manifestEtag);
          await journals.forget();
        } catch (error) {
          await manifest.abort();
          throw error;
        }
        return { ...output, ...named() };
      });
    });
}

function rulesOf(step: TransformStep): CompiledRules {
  try {
    return compileRules(step);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw s3Failure('InvalidReplacement', { bucket: step.source.bucket, key: step.source.prefix }, error.message);
  }
}
