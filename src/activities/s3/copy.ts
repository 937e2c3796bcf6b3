import type { S3Client } from '@aws-sdk/client-s3';
import type { StepOutput, StepWith } from '../../domain/steps/registry.js';
import { withProgress } from '../heartbeat.js';
import { type CopyRecord, copyObject } from './copy-object.js';
import { progressMessage, takeInventory } from './inventory.js';
import { Journals } from './journals.js';
import type { SourceObject } from './list-objects.js';
import { openManifest } from './manifest.js';
import { mapOrdered } from './map-ordered.js';
import { Targets } from './targets.js';
import { type FailedRecord, isFailedRecord, Tolerance } from './tolerance.js';

/** A server-side copy moves no bytes here, so only requests are counted. */
const requestsAtOnce = { items: 16, capacity: Infinity, weight: () => 0, window: 1000 };

/** `s3.copy`: see its schema in domain/steps. An empty source is a success with nothing done. */
export function createCopy(s3: S3Client) {
  return ({ with: step }: { with: StepWith<'s3.copy'> }): Promise<StepOutput<'s3.copy'>> =>
    withProgress('bytes', async (progress, signal) => {
      const { source, target, move = false } = step;
      const targets = new Targets(source, target, step.manifest);
      const tolerance = new Tolerance(step.tolerate?.failedPercent, source);
      const inventory = await takeInventory(s3, source, progress, signal, step.tolerate !== undefined);
      const journals = await Journals.open(s3, target, signal);
      const manifest = await openManifest<CopyRecord | FailedRecord>(
        s3,
        target.bucket,
        step.manifest,
        journals,
        signal,
      );
      const output = { objects: 0, bytes: 0, skipped: 0 };
      const copyOne = async (object: SourceObject, linked: AbortSignal): Promise<CopyRecord | FailedRecord> => {
        try {
          if (object.missing !== undefined) throw object.missing;
          const place = { bucket: target.bucket, key: targets.keyFor(object) };
          return await copyObject({ s3, signal: linked, progress }, object, place, move);
        } catch (error) {
          return tolerance.recordOf(object.key, error, linked);
        }
      };
      const records = mapOrdered(inventory.objects, requestsAtOnce, signal, copyOne);
      try {
        for await (const record of records) {
          await manifest.add(record);
          if (isFailedRecord(record)) {
            tolerance.add(record, inventory.count());
            continue;
          }
          if (record.action === 'skipped') {
            output.skipped += 1;
          } else {
            output.objects += 1;
            output.bytes += record.bytes;
          }
          progress.setMessage(progressMessage(output.objects + output.skipped, inventory.count(), record.key));
        }
        tolerance.check(output.objects + output.skipped);
        await manifest.complete();
        await journals.forget();
      } catch (error) {
        await manifest.abort();
        throw error;
      }
      return { ...output, ...tolerance.failed, ...(step.manifest === undefined ? {} : { manifest: step.manifest }) };
    });
}
