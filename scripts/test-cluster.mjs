// `npm run test:cluster`: a Temporal cluster of four processes on PostgreSQL, from the very files that the stack AlmanacTemporal ships. Minutes,
// and the first time four more to build the server; so not a part of `npm test`.
import { checkNode } from './setup/node-version.mjs';

checkNode();
import('./setup/run-cluster-test.mjs');
