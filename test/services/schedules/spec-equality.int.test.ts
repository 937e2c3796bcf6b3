import { isGrpcServiceError } from '@temporalio/client';
import { afterAll, expect, test } from 'vitest';
import { skippedLimit } from '../../../src/domain/spec/check-spec.js';
import { tryCompileSpec } from '../../../src/domain/spec/compile-spec.js';
import { fireTimesBetween, skippedInARow } from '../../../src/domain/spec/fire-times.js';
import { specFromProto } from '../../../src/services/schedules/spec-from-proto.js';
import { specToProto } from '../../../src/services/schedules/spec-to-proto.js';
import { type Case, randomCase, seededRandom } from '../../domain/spec/random-spec.js';
import { testClient } from '../../support/temporal.js';
import { withStoredSpec } from './stored-spec.js';
import { hasServersRules } from './zone-rules.js';

/**
 * The server is the judge: which specs it takes, what it compiles of them and when they fire must be what ours says,
 * without a difference. ALMANAC_SPEC_CASES sets the number of random specs, ALMANAC_SPEC_SEED where they begin.
 */
const cases = Number(process.env.ALMANAC_SPEC_CASES ?? 600);
const seed = Number(process.env.ALMANAC_SPEC_SEED ?? 20_260);
const atOnce = 8;

const client = testClient();
afterAll(() => client.connection.close());

type Outcome = 'refused' | { compiled: unknown; fireTimes: string[] };

/** What ours refuses for its size alone: the server's scheduler stops over specs that skip very many times in a row. */
function isTooMuch({ spec, start, end }: Case): boolean {
  const { compiled, faults } = tryCompileSpec(spec);
  if (faults.some(({ path }) => path === 'dst')) return true;
  if (faults.length > 0) return false;
  // A fifth of what `checkSpec` lets pass: this machine is shared.
  const limit = skippedLimit(compiled) / 5;
  const tooMany = (after: Date) => skippedInARow(compiled, after, limit) >= limit;
  if (tooMany(new Date()) || tooMany(start)) return true;
  const last = fireTimesBetween(compiled, { start, end }).fireTimes.at(-1);
  return last !== undefined && tooMany(new Date(last));
}

function ours({ spec, start, end }: Case): Outcome {
  const { compiled, faults } = tryCompileSpec(spec);
  return faults.length > 0 ? 'refused' : { compiled, fireTimes: fireTimesBetween(compiled, { start, end }).fireTimes };
}

async function onServer({ spec, start, end }: Case): Promise<Outcome> {
  const { faults } = tryCompileSpec(spec);
  // With `dst` a spec goes compiled; what does not compile goes as text, for the server to refuse.
  const { dst: _, ...text } = spec;
  try {
    return await withStoredSpec(client, specToProto(faults.length > 0 ? text : spec), async (stored) => ({
      compiled: specFromProto(stored.described),
      fireTimes: await stored.fireTimes(start, end),
    }));
  } catch (error) {
    if (isGrpcServiceError(error) && error.details.startsWith('Invalid schedule spec')) return 'refused';
    throw error;
  }
}

/** Of time zone data, not of ours. The cases fall into these years. */
async function hasOtherRules(timezone: string | undefined): Promise<boolean> {
  if (timezone === undefined) return false;
  return !(await hasServersRules(client, timezone, new Date('1971-01-01'), new Date('2099-01-01')));
}

test(`${cases} random specs from seed ${seed} compile and fire as on the server`, {
  timeout: 60_000 + cases * 400,
}, async () => {
  const random = seededRandom(seed);
  const count = { refused: 0, firing: 0, fired: 0, dst: 0 };
  const differing: unknown[] = [];
  const otherRules = new Set<string>();
  for (let done = 0; done < cases; done += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, cases - done) }, () =>
      randomCase(random, { dst: 0.25 }),
    ).filter((one) => !isTooMuch(one));
    const outcomes = await Promise.all(batch.map(onServer));
    for (const [index, server] of outcomes.entries()) {
      const one = batch[index] as Case;
      const own = ours(one);
      if (JSON.stringify(own) !== JSON.stringify(server)) {
        if (await hasOtherRules(one.spec.timezone)) otherRules.add(one.spec.timezone ?? '');
        else differing.push({ ...one, own, server });
      }
      if (one.spec.dst !== undefined) count.dst += 1;
      if (server === 'refused') count.refused += 1;
      else if (server.fireTimes.length > 0) {
        count.firing += 1;
        count.fired += server.fireTimes.length;
      }
    }
  }
  console.log(
    `${cases} specs, ${count.dst} with dst: ${count.refused} refused, ${count.firing} with ${count.fired} fire times in their window`,
  );
  expect(differing).toEqual([]);
  if (otherRules.size > 0) console.log(`the server has other rules than this Node for ${[...otherRules].join(', ')}`);
  // New rules come for one or two countries at a time; more would be a fault of ours.
  expect(otherRules.size).toBeLessThanOrEqual(2);
  // A generator whose specs are hardly ever valid, or hardly ever fire, would prove nothing.
  expect(count.refused).toBeLessThan(cases / 3);
  expect(count.firing).toBeGreaterThan(cases / 3);
});
