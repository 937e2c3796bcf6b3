import { expressionSource } from '../../expression.js';
import { type Fault, field, isRecord } from '../fault.js';
import type { PlacedStep } from '../placed-step.js';

/** Which requests have a body, and which shape it has when callback links are added to it. */
export function checkRequest(step: PlacedStep): Fault[] {
  if (step.uses !== 'http.request' && step.uses !== 'http.callback') return [];
  const given = field(step.value, 'with');
  const body = field(given, 'body');
  if (body === undefined) return [];
  const path = [...step.path, 'with', 'body'];
  const method = field(given, 'method') ?? (step.uses === 'http.request' ? 'GET' : 'POST');
  if (method === 'GET' || method === 'HEAD') {
    const unsaid = field(given, 'method') === undefined ? ' (the default)' : '';
    return [
      { path, message: `a ${method}${unsaid} request has no body: set method to POST, PUT or PATCH`, atKey: true },
    ];
  }
  if (step.uses === 'http.request' || (typeof body === 'string' && expressionSource(body) !== undefined)) return [];
  if (!isRecord(body))
    return [{ path, message: 'the body of http.callback is an object, to which the callback links are added' }];
  if (!Object.hasOwn(body, 'callback')) return [];
  return [
    { path: [...path, 'callback'], message: 'the callback links go here; give your key another name', atKey: true },
  ];
}
