import { lambdaCode } from '../../../cdk/constructs/lambda-code.js';

/** Makes the bundles once, before several files would at the same time; what is in them is no matter of the templates. */
export function setup(): void {
  lambdaCode('control');
}
