export { backfill } from '../../../src/workflows/backfill.js';
