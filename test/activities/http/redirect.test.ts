import { describe, expect, it } from 'vitest';
import { follow, type RedirectableRequest } from '../../../src/activities/http/redirect.js';

const secret = {
  authorization: 'Bearer x',
  cookie: 'a=b',
  'webhook-signature': 'v1,x',
  'almanac-callback-url': 'https://almanac.example/v1/callbacks/x',
  'x-api-key': 'k',
};
const request = (method: string, url = 'https://a.example/one?x=1'): RedirectableRequest => ({
  url: new URL(url),
  method,
  headers: { ...secret, accept: 'application/json', 'content-type': 'application/json' },
  body: '{}',
});

describe('follow', () => {
  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [301, 'PUT', 'PUT'],
    [302, 'DELETE', 'DELETE'],
    [307, 'POST', 'POST'],
    [308, 'PATCH', 'PATCH'],
  ])('%i turns %s into %s', (status, before, after) => {
    const next = follow(request(before), status, '/two') as RedirectableRequest;
    expect(next.method).toBe(after);
    expect(next.url.href).toBe('https://a.example/two');
    expect(next.body).toBe(before === after ? '{}' : undefined);
    expect(next.headers['content-type']).toBe(before === after ? 'application/json' : undefined);
    expect(next.headers).toMatchObject(secret);
  });

  it.each(['https://b.example/two', 'https://a.example:8443/', '//b.example/'])(
    'takes nothing secret to another origin: %s',
    (location) => {
      const next = follow(request('POST'), 307, location) as RedirectableRequest;
      expect(next.headers).toEqual({ accept: 'application/json', 'content-type': 'application/json' });
    },
  );

  it.each([301, 302, 303])('a delivery is not turned into a GET by %i', (status) => {
    const delivery = { ...request('POST'), asIs: true };
    expect(follow(delivery, status, '/two')).toContain('would turn POST into a GET');
  });

  it.each(['https://b.example/two', 'https://a.example:8443/'])(
    'a delivery stays at its origin: %s, which is named without its path',
    (location) => {
      const refusal = follow({ ...request('POST'), asIs: true }, 308, location);
      expect(refusal).toContain(`would lead to ${new URL(location).host},`);
      expect(refusal).not.toContain('two');
    },
  );

  it('a delivery follows what repeats it, and a GET any redirect', () => {
    const delivery = { ...request('POST'), asIs: true };
    expect(follow(delivery, 307, '/two')).toMatchObject({ method: 'POST', body: '{}', headers: secret });
    expect(follow({ ...request('GET'), asIs: true }, 303, '/two')).toMatchObject({ method: 'GET', headers: secret });
  });

  it.each([
    ['file:///etc/passwd', 'file:'],
    ['http://a.example/', 'from https to http'],
    ['https://user:pass@a.example/', 'credentials'],
    ['https://[', 'not an address'],
  ])('refuses %s', (location, reason) => {
    expect(follow(request('GET'), 302, location)).toContain(reason);
  });
});
