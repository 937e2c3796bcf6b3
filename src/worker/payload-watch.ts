import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';

/** Results above this are logged and counted: they are kept in S3 by reference, but each still costs a transfer a read. */
const warnBytes = 256 * 1024;

/** Watches the size of what activities return: a metric for all, a warning for large ones. The content is never logged. */
export function watchPayloads(context: Context): { inbound: ActivityInboundCallsInterceptor } {
  const histogram = context.metricMeter.createHistogram(
    'almanac_step_output_bytes',
    'int',
    'By',
    'Size of step outputs as JSON',
  );
  return {
    inbound: {
      async execute(input, next) {
        const output = await next(input);
        const bytes = output === undefined ? 0 : Buffer.byteLength(JSON.stringify(output) ?? '');
        histogram.record(bytes, { uses: context.info.activityType });
        if (bytes > warnBytes)
          context.log.warn(`the output of this step has ${bytes} bytes: write large results to S3 instead`);
        return output;
      },
    },
  };
}
