// `npm start`: the local platform from whatever state the checkout is in. What is too new for an old Node is loaded
// after the check, so that the user sees a sentence and not a syntax error.
import { checkNode } from './setup/node-version.mjs';

checkNode();
import('./setup/start-platform.mjs');
