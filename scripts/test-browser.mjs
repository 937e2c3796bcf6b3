// `npm run test:browser`: the page behind a callback link in a real browser. Fetches one of 70 MB where the system has none; so not a part of `npm test`.
import { checkNode } from './setup/node-version.mjs';

checkNode();
import('./setup/run-browser-test.mjs');
