// `npm test`: every test from whatever state the checkout is in. See start.mjs for why this file is so short.
import { checkNode } from './setup/node-version.mjs';

checkNode();
import('./setup/run-tests.mjs');
