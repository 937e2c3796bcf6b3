import { z } from '@hono/zod-openapi';
import type { LinkIssuer } from '../../services/callbacks/issue-links.js';
import { defineRoute, json } from '../define-route.js';
import { type ApiRouter, newRouter } from '../router.js';
import { runIdQuery, workflowIdParam } from '../schemas.js';

const link = z.url().describe('Whoever has it may do this: a secret');

const linksSchema = z
  .object({ complete: link, fail: link, heartbeat: link, cancel: link, expiresAt: z.iso.datetime() })
  .meta({ id: 'CallbackLinks' });

const issue = defineRoute(
  { role: 'operator', problems: [404, 409] },
  {
    method: 'post',
    path: '/v1/runs/{workflowId}/steps/{stepId}/links',
    tags: ['callbacks'],
    summary: 'New callback links of a step that waits; those that are out stay good',
    request: {
      params: workflowIdParam.extend({ stepId: z.string().min(1).max(200).describe('Id of the step') }),
      query: runIdQuery,
    },
    responses: { 201: json(linksSchema, 'The links') },
  },
);

/** Links issued again, for operators. Who got which is in the log, by the id of the token. */
export function callbackLinkRoutes(issuer: LinkIssuer): ApiRouter {
  const router = newRouter();
  router.openapi(issue, async (c) => {
    const { workflowId, stepId } = c.req.valid('param');
    const { jti, runId, links } = await issuer.issue({ workflowId, stepId, runId: c.req.valid('query').runId });
    const principal = c.get('principal')?.name;
    c.get('log')?.info({ jti, workflowId, runId, step: stepId, principal }, 'callback links issued');
    return c.json(links, 201);
  });
  return router;
}
