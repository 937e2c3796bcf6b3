import { type ApiRouter, newRouter } from '../router.js';

const links = { health: '/health', contract: '/openapi.json', schedules: '/v1/schedules', runs: '/v1/runs' };

/** Where somebody who opens the address finds the rest: a page for people, JSON for programs. Says nothing of the data. */
export function homeRoutes(): ApiRouter {
  const router = newRouter();
  router.get('/', (c) => {
    if (!(c.req.header('accept') ?? '').includes('text/html')) return c.json({ name: 'Almanac', links });
    const items = Object.entries(links).map(([name, href]) => `<li><a href="${href}">${href}</a> ${name}</li>`);
    return c.html(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>Almanac</title><h1>Almanac</h1>
<p>The API is running. Addresses under <code>/v1</code> want <code>Authorization: Bearer &lt;key&gt;</code>;
<code>npx almanac list</code> sends it for you.</p><ul>${items.join('')}</ul></html>`,
      200,
      { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" },
    );
  });
  return router;
}
