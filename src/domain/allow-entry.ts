import ipaddr from 'ipaddr.js';

/** What an entry of `ALMANAC_HTTP_ALLOW` may be; undefined for a text that is none of them. */
export function allowEntryKind(text: string): 'cidr' | 'address' | 'host' | undefined {
  if (ipaddr.isValidCIDR(text)) return 'cidr';
  // Also "1" and "0x7f.1" are IPv4 to the parser; in a list of exceptions only the full form is meant.
  if (ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)) return 'address';
  return /^(?!-)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i.test(text) ? 'host' : undefined;
}
