// Health check of the worker's container: 0 while it polls or drains. The image has no curl.
const port = process.env.ALMANAC_WORKER_HEALTH_PORT ?? '8701';
try {
  const { ok, status } = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(4_000) });
  if (!ok) throw new Error(`the worker answers ${status}`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
