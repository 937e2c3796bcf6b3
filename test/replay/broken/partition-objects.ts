export { partitionObjects } from '../../../src/workflows/partition-objects.js';
