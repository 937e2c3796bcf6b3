// A Lambda's runtime as far as a handler sees it: events come one after the other, and nothing but the handler runs.
const { handler } = require(process.argv[2]);

process.on('message', async ({ id, event }) => {
  const context = { awsRequestId: String(id), functionName: 'test', getRemainingTimeInMillis: () => 20_000 };
  try {
    process.send({ id, result: await handler(event, context) });
  } catch (error) {
    process.send({ id, error: error.message });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ id: 'loaded' });
