import type { S3Client } from '@aws-sdk/client-s3';
import { Context } from '@temporalio/activity';
import type { StepOutput, StepWith } from '../../domain/steps/registry.js';
import { type InspectRecord, inspectRecord } from '../../domain/steps/s3-inspect.js';
import { withProgress } from '../heartbeat.js';
import { BodyMemory } from './body-memory.js';
import { clearingUp } from './clear-up.js';
import { doneRecords } from './done-records.js';
import { inspectObject } from './inspect-object.js';
import { takeInventory } from './inventory.js';
import { fingerprintOf } from './journal-entries.js';
import { Journals } from './journals.js';
import type { SourceObject } from './list-objects.js';
import { openManifest } from './manifest.js';
import { mapOrdered } from './map-ordered.js';
import { RecordPages } from './record-pages.js';
import { Targets } from './targets.js';
import { type FailedRecord, Tolerance } from './tolerance.js';

const MiB = 1024 * 1024;

/** An object, and its record if an earlier attempt read it as it is now. */
interface Work {
  object: SourceObject;
  earlier: InspectRecord | undefined;
}

/**
 * Objects are streamed, so a large one takes no more memory than one of 8 MiB; but it has more of the network. Records are short: ten
 * thousand that wait for one before them, and as many of an earlier attempt, take some 10 MB.
 */
const bySize = {
  items: 48,
  capacity: 64 * MiB,
  weight: ({ object, earlier }: Work) => (earlier === undefined ? Math.min(object.size, 8 * MiB) + MiB / 4 : 0),
  window: 10_000,
};

/**
 * `s3.inspect`: see its schema in domain/steps. Each object is read once. What is done is kept in pages beside the target every
 * two seconds (in a long step every hundredth of its time): after a crash, that much and the objects that were being read are
 * read again, and every object that changed meanwhile; after a shutdown of the worker, only the latter. The list itself is
 * written anew by each attempt and appears when it is whole. An empty source makes an empty list.
 */
export function createInspect(s3: S3Client) {
  return ({ with: step }: { with: StepWith<'s3.inspect'> }): Promise<StepOutput<'s3.inspect'>> =>
    withProgress('bytes', async (progress, signal) => {
      const { source, target } = step;
      new Targets(source, target, undefined);
      const tolerance = new Tolerance(step.tolerate?.failedPercent, source);
      const { workflowId } = Context.current().info.workflowExecution ?? {};
      const journals = await Journals.open(s3, target, signal, workflowId);
      const context = { s3, bucket: target.bucket, signal, workflowId };
      const fingerprint = fingerprintOf('inspect', source);
      const recordPages = await RecordPages.open(context, target.key, fingerprint, inspectRecord, 2 * bySize.window);
      const drop = async () => {
        await recordPages.forget();
        await journals.discard();
      };
      return clearingUp({ drop, keep: () => recordPages.leave() }, async () => {
        const inventory = await takeInventory(s3, source, progress, signal, step.tolerate !== undefined);
        const manifest = await openManifest<InspectRecord | FailedRecord>(
          s3,
          target.bucket,
          target.key,
          journals,
          signal,
        );
        const memory = new BodyMemory();
        const output = { objects: 0, bytes: 0, lines: 0 };
        const inspectOne = async ({ object, earlier }: Work, linked: AbortSignal) => {
          try {
            if (object.missing !== undefined) throw object.missing;
            const record = earlier ?? (await inspectObject(s3, object, linked, progress, memory));
            if (earlier === undefined) recordPages.add(record);
            else progress.addResumed(object.size);
            return record;
          } catch (error) {
            return tolerance.recordOf(object.key, error, linked);
          }
        };
        const work = withEarlier(inventory.pages, recordPages);
        const records: AsyncIterable<(InspectRecord | FailedRecord)[]> = mapOrdered(work, bySize, signal, inspectOne);
        try {
          for await (const done of doneRecords(records, manifest, tolerance, inventory.count)) {
            for (const record of done) {
              output.objects += 1;
              output.bytes += record.bytes;
              output.lines += record.lines;
              progress.setMessage(record.key);
            }
            progress.setObjects(output.objects, inventory.count());
          }
          tolerance.check(output.objects);
          await manifest.complete();
          await recordPages.forget();
          await journals.forget();
        } catch (error) {
          await manifest.abort();
          throw error;
        }
        return { ...output, manifest: target.key, ...tolerance.failed };
      });
    });
}

async function* withEarlier(
  pages: AsyncIterable<SourceObject[]>,
  records: RecordPages<InspectRecord>,
): AsyncGenerator<Work[]> {
  for await (const page of pages) {
    const work: Work[] = [];
    for (const object of page) {
      work.push({ object, earlier: records.isEmpty ? undefined : await records.find(object) });
    }
    yield work;
  }
}
