import { describe, expect, it } from 'vitest';
import { expectedCost, prices } from '../../../src/domain/backfill/cost.js';

const one = { actions: 12, activityMs: 90_000, runsLookedAt: 3 };

describe('cost of a backfill', () => {
  it('is that of a usual run, so many times, and no money without prices', () => {
    expect(expectedCost(one, 40, undefined)).toEqual({ actions: 480, activityMs: 3_600_000, runsLookedAt: 3 });
    expect(expectedCost(one, 0, undefined)).toMatchObject({ actions: 0, activityMs: 0 });
  });

  it('is unknown while no run has completed', () => {
    expect(expectedCost(undefined, 40, { currency: 'EUR', millionActions: 40 })).toBeNull();
  });

  it.each([
    [
      { millionActions: 50, activityHour: 0.04 },
      { actions: 0.024, activities: 0.04, total: 0.064 },
    ],
    [{ millionActions: 50 }, { actions: 0.024, total: 0.024 }],
    [{ activityHour: 0.04 }, { activities: 0.04, total: 0.04 }],
  ])('in money has the parts that there is a price for: %o', (given, money) => {
    const cost = expectedCost(one, 40, { currency: 'EUR', ...given });
    expect(cost?.money).toEqual({ currency: 'EUR', ...money });
  });

  it('has no money by a currency alone', () => {
    expect(expectedCost(one, 40, { currency: 'EUR' })).not.toHaveProperty('money');
  });
});

it.each([
  { currency: 'euro' },
  { millionActions: 1 },
  { currency: 'EUR', activityHour: -1 },
  { currency: 'EUR', x: 1 },
])('prices %o are refused', (given) => {
  expect(prices.safeParse(given).success).toBe(false);
});
