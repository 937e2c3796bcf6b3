import type { Context } from 'hono';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** What Node's server and API Gateway (payload format 2.0) say of the caller. */
const bindings = z.object({
  incoming: z.object({ socket: z.object({ remoteAddress: z.string().optional() }) }).optional(),
  requestContext: z.object({ http: z.object({ sourceIp: z.string() }) }).optional(),
});

/**
 * Who calls, as far as it can't be made up: the peer of the connection, or what API Gateway saw; no forwarding header. A whole
 * /64 counts as one, since it belongs to one network. Behind a proxy of one's own all callers are one.
 */
export function clientAddress(c: Context): string {
  const known = bindings.safeParse(c.env).data;
  const text = known?.requestContext?.http.sourceIp ?? known?.incoming?.socket.remoteAddress;
  if (text === undefined || !ipaddr.isValid(text)) return 'unknown';
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv4) return address.toString();
  return `${address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
