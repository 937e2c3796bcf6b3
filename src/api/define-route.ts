import { createRoute, type RouteConfig } from '@hono/zod-openapi';
import { requireRole } from './auth/authenticate.js';
import type { Role } from './auth/principal.js';
import { problemSchema } from './schemas.js';

const descriptions = {
  400: 'The request is not valid: errors has every fault',
  401: 'No or unknown credentials',
  403: 'The role is not enough',
  404: 'There is no such thing',
  409: 'It exists already, or something is in the way',
  412: 'Changed meanwhile: If-Match or If-None-Match does not hold',
  413: 'The body is larger than 1 MiB (16 MiB for plan and apply)',
  415: 'The body is not JSON',
  422: 'Over a cap',
  429: 'Temporal throttles: come back after Retry-After',
  500: 'An error inside Almanac or in its set-up',
  503: 'Temporal does not answer: come back after Retry-After',
} as const;

type ProblemStatus = keyof typeof descriptions;
type ProblemResponses = { [S in ProblemStatus]?: typeof problemResponse };
const problemResponse = {
  content: { 'application/problem+json': { schema: problemSchema } },
  description: '',
} as const;

/** Every call may meet these. */
const always: ProblemStatus[] = [400, 401, 403, 429, 500, 503];
const withBody: ProblemStatus[] = [413, 415];

function problems(statuses: readonly ProblemStatus[]): ProblemResponses {
  return Object.fromEntries(
    statuses.map((status) => [status, { ...problemResponse, description: descriptions[status] }]),
  );
}

interface Protected {
  /** The least role that may call it. */
  role: Role;
  /** Problems beyond those that every route may answer with. */
  problems?: ProblemStatus[];
}

/** A route for callers with credentials: role, security and problem responses are written once, here. */
export function defineRoute<const P extends string, const R extends Omit<RouteConfig, 'path'> & { path: P }>(
  needs: Protected,
  route: R,
) {
  return createRoute({ ...documented(needs, route), middleware: [requireRole(needs.role)] as const });
}

/** The same for a route that brings its own middleware: only what the contract says of it. */
export function documented<const P extends string, const R extends Omit<RouteConfig, 'path'> & { path: P }>(
  { role, problems: own = [] }: Protected,
  route: R,
) {
  const statuses = [...always, ...own, ...(route.request?.body ? withBody : [])].sort((a, b) => a - b);
  return {
    ...route,
    security: [{ bearer: [] }],
    'x-almanac-role': role,
    responses: { ...route.responses, ...problems(statuses) } as R['responses'],
  };
}

export function json<const S>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** The same with the ETag that `If-Match` takes. */
export function withEtag<const S>(schema: S, description: string) {
  const etag = { description: 'State of the schedule, for If-Match', schema: { type: 'string' as const } };
  return { ...json(schema, description), headers: { ETag: etag } };
}

export function jsonRequest<const S>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } } as const;
}

/** A body that may be left out: an empty one counts as `{}`. */
export function optionalJsonRequest<const S>(schema: S) {
  return { required: false, content: { 'application/json': { schema } } } as const;
}
