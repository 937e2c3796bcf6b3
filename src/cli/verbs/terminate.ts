import { endRunVerb } from '../end-run.js';

export const configure = endRunVerb({
  example: 'almanac terminate nightly-orders-2026-01-31T01:00:00Z --reason "wrong input"',
  end: 'terminateRun',
  said: 'terminated',
});
