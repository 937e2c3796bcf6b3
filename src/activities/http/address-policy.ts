import ipaddr from 'ipaddr.js';
import { allowEntryKind } from '../../domain/allow-entry.js';
import { AlmanacError } from '../../domain/errors.js';

/** Where outgoing requests may go: public addresses, and what the operator listed. */
export interface AddressPolicy {
  /**
   * Why an address may not be reached; undefined when it may.
   * @param host the name that led to it: a listed one opens all of its addresses but those of metadata services.
   */
  refusal(address: string, host?: string): string | undefined;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Addresses that hand out credentials of the machine. No range that happens to cover one opens it, only the address itself:
 * EC2, ECS tasks, EKS pods, the time and DNS servers of EC2 beside them stay closed by their range; Azure's is a public address.
 */
const metadataAddresses = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::254',
  'fd00:ec2::23',
  '100.100.100.200',
  '168.63.129.16',
].map((text) => ipaddr.parse(text).toNormalizedString());

/** The only IPv6 block that is handed out as global unicast (IANA, ipv6-unicast-address-assignments). */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Parses `ALMANAC_HTTP_ALLOW`: CIDRs, single addresses and host names.
 *
 * @throws AlmanacError `invalid-input` for an entry that is none of them
 */
export function createAddressPolicy(allow: readonly string[]): AddressPolicy {
  const ranges: [Address, number][] = [];
  const hosts = new Set<string>();
  for (const entry of allow) {
    switch (allowEntryKind(entry)) {
      case 'cidr':
        ranges.push(ipaddr.parseCIDR(entry));
        break;
      case 'address':
        ranges.push(singleAddress(entry));
        break;
      case 'host':
        hosts.add(entry.toLowerCase());
        break;
      default:
        throw new AlmanacError('invalid-input', `ALMANAC_HTTP_ALLOW: not a CIDR, an address or a host name: ${entry}`);
    }
  }
  return {
    refusal(text, host = '') {
      if (!ipaddr.isValid(text)) return 'its address is not an IP address';
      // An IPv4 address may come wrapped into IPv6; it is the IPv4 address that is reached.
      const address = ipaddr.process(text);
      const covering = ranges.filter(([range]) => range.kind() === address.kind());
      if (isMetadata(address)) {
        const named = covering.some(([range, bits]) => bits === fullLength(address) && address.match(range, bits));
        return named ? undefined : `${address} is a metadata service`;
      }
      if (hosts.has(host.toLowerCase().replace(/\.$/, ''))) return undefined;
      if (covering.some((range) => address.match(range))) return undefined;
      return specialUse(address);
    },
  };
}

function isMetadata(address: Address): boolean {
  return [address, embedded(address)].some((one) => one && metadataAddresses.includes(one.toNormalizedString()));
}

/** The IPv4 address that a gateway would reach for this one: NAT64 and `::a.b.c.d` have it in their last 32 bits, 6to4 after 16. */
function embedded(address: Address): ipaddr.IPv4 | undefined {
  if (address instanceof ipaddr.IPv4) return undefined;
  const bytes = address.toByteArray();
  if (address.range() === '6to4') return new ipaddr.IPv4(bytes.slice(2, 6));
  const isCompatible = bytes.slice(0, 12).every((byte) => byte === 0);
  return isCompatible || address.range() === 'rfc6052' ? new ipaddr.IPv4(bytes.slice(12)) : undefined;
}

function specialUse(address: Address): string | undefined {
  const range = address.range();
  if (range !== 'unicast') return `${address} is not a public address (${range})`;
  if (address instanceof ipaddr.IPv6 && !address.match(globalUnicast)) return `${address} is not a public address`;
  return undefined;
}

function singleAddress(text: string): [Address, number] {
  const address = ipaddr.process(text);
  return [address, fullLength(address)];
}

function fullLength(address: Address): number {
  return address.kind() === 'ipv4' ? 32 : 128;
}
