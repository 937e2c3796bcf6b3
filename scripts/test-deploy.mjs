// `npm run test:deploy`: the CDK app deployed to an emulated AWS, with a real Temporal server; called, changed, rolled back and destroyed.
// Minutes, and the first time an emulator from PyPI (python3 with venv); so not a part of `npm test`.
import { checkNode } from './setup/node-version.mjs';

checkNode();
import('./setup/run-deploy-test.mjs');
