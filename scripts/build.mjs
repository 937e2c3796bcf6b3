// `npm run build`: dist/ from the sources, whether they changed or not.
import { build } from './setup/build.mjs';
import { exitWithMessage } from './setup/failure.mjs';

await build({ force: true }).catch(exitWithMessage);
