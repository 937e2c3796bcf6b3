import type { S3Client } from '@aws-sdk/client-s3';
import { Context } from '@temporalio/activity';
import type { StepOutput, StepWith } from '../../domain/steps/registry.js';
import { withProgress } from '../heartbeat.js';
import { clearingUp } from './clear-up.js';
import { type CopyLimits, partsAtOnce, s3Limits } from './copy-in-parts.js';
import { type CopyRecord, copyObject } from './copy-object.js';
import { doneRecords } from './done-records.js';
import { takeInventory } from './inventory.js';
import { Journals } from './journals.js';
import type { SourceObject } from './list-objects.js';
import { openManifest } from './manifest.js';
import { mapOrdered } from './map-ordered.js';
import { MoveList } from './move-list.js';
import { createPartMemory } from './part-memory.js';
import { type Listed, TargetListing } from './target-listing.js';
import { Targets } from './targets.js';
import { type FailedRecord, Tolerance } from './tolerance.js';

/** An object, and what the listing of the target says of the key that it goes to. */
interface Pair {
  object: SourceObject;
  listed: Listed;
}

/** Objects that a worker copies by itself at once, of all its steps; a part of each is in memory. */
const streamedAtOnce = 3;

/** A server-side copy moves no bytes here, so only requests are counted. */
function requestsAtOnce({ multipartAbove }: CopyLimits) {
  const weight = ({ object }: Pair) => (object.size > multipartAbove ? partsAtOnce : 1);
  return { items: 48, capacity: 48, weight, window: 10_000 };
}

/** `s3.copy`: see its schema in domain/steps. An empty source is a success with nothing done. */
export function createCopy(s3: S3Client, limits: CopyLimits = s3Limits) {
  const memory = createPartMemory(streamedAtOnce);
  return ({ with: step }: { with: StepWith<'s3.copy'> }): Promise<StepOutput<'s3.copy'>> =>
    withProgress('bytes', async (progress, signal) => {
      const { source, target, move = false } = step;
      const targets = new Targets(source, target, step.manifest);
      const tolerance = new Tolerance(step.tolerate?.failedPercent, source);
      const moves = move && source.keys !== undefined ? new MoveList(s3, step, signal) : undefined;
      const { workflowId } = Context.current().info.workflowExecution ?? {};
      const journals = await Journals.open(s3, target, signal, workflowId);
      const drop = async () => {
        await journals.discard();
        await moves?.forget();
      };
      return clearingUp({ drop }, async () => {
        const takesMissing = step.tolerate !== undefined || moves !== undefined;
        const inventory = await takeInventory(s3, source, progress, signal, takesMissing);
        const manifest = await openManifest<CopyRecord | FailedRecord>(
          s3,
          target.bucket,
          step.manifest,
          journals,
          signal,
        );
        const output = { objects: 0, bytes: 0, skipped: 0 };
        const seen = { otherEtags: false, refused: new Set<string>() };
        const copyOne = async ({ object, listed }: Pair, linked: AbortSignal): Promise<CopyRecord | FailedRecord> => {
          try {
            const place = { bucket: target.bucket, key: targets.keyFor(object) };
            if (object.missing !== undefined) {
              const moved = await moves?.findMoved(object, place);
              if (moved === undefined) throw object.missing;
              return moved;
            }
            const context = { s3, signal: linked, progress, journals, seen, memory };
            return await copyObject(context, object, place, { move, listed, limits });
          } catch (error) {
            return tolerance.recordOf(object.key, error, linked);
          }
        };
        const listing =
          source.keys === undefined ? new TargetListing(s3, target.bucket, target.prefix, signal) : undefined;
        const pages = moves?.record(inventory.pages) ?? inventory.pages;
        const pairs = pairUp(pages, (object) => listing?.find(targets.plainKeyFor(object)) ?? 'unknown');
        const records = mapOrdered(pairs, requestsAtOnce(limits), signal, copyOne);
        try {
          for await (const done of doneRecords(records, manifest, tolerance, inventory.count)) {
            for (const record of done) {
              if (record.action === 'skipped') {
                output.skipped += 1;
              } else {
                output.objects += 1;
                output.bytes += record.bytes;
              }
              progress.setMessage(record.key);
            }
            progress.setObjects(output.objects + output.skipped, inventory.count());
          }
          tolerance.check(output.objects + output.skipped);
          await manifest.complete();
          // Not only forgotten: an object whose failure was tolerated may have been copied in part.
          await drop();
        } catch (error) {
          await manifest.abort();
          throw error;
        }
        return { ...output, ...tolerance.failed, ...(step.manifest === undefined ? {} : { manifest: step.manifest }) };
      });
    });
}

/** Single keys may lie far apart, so their targets are asked for one by one; of a prefix both listings are walked together. */
async function* pairUp(
  pages: AsyncIterable<SourceObject[]>,
  find: (object: SourceObject) => Listed | Promise<Listed>,
): AsyncGenerator<Pair[]> {
  for await (const page of pages) {
    const pairs: Pair[] = [];
    for (const object of page) pairs.push({ object, listed: await find(object) });
    yield pairs;
  }
}
