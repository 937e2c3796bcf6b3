import { describe, expect, it } from 'vitest';
import { createAddressPolicy } from '../../../src/activities/http/address-policy.js';

const closed = createAddressPolicy([]);

describe('without exceptions', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'carrierGradeNat'],
    ['169.254.1.1', 'linkLocal'],
    ['169.254.169.254', 'metadata'],
    ['169.254.170.2', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['192.0.0.192', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::127.0.0.1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:a9fe:a9fe', 'metadata'],
    ['64:ff9b::7f00:1', 'rfc6052'],
    ['64:ff9b:1::7f00:1', 'not a public address'],
    ['2002:7f00:1::', '6to4'],
    ['2001::1', 'teredo'],
    ['fe80::1', 'linkLocal'],
    ['fec0::1', 'not a public address'],
    ['fc00::1', 'uniqueLocal'],
    ['fd00:ec2::254', 'metadata'],
    ['ff02::1', 'multicast'],
    ['2001:db8::1', 'reserved'],
    ['5f00::1', 'not a public address'],
    ['4000::1', 'not a public address'],
    ['not-an-address', 'not an IP address'],
  ])('%s is refused: %s', (address, reason) => {
    expect(closed.refusal(address)).toContain(reason);
  });

  it.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '::ffff:1.1.1.1'])(
    '%s is public',
    (address) => {
      expect(closed.refusal(address)).toBeUndefined();
    },
  );
});

describe('exceptions', () => {
  it('open a range, an address or a host', () => {
    const policy = createAddressPolicy(['127.0.0.0/8', '10.1.2.3', 'fd12::/16', 'Warehouse.internal']);
    expect(policy.refusal('127.0.0.1')).toBeUndefined();
    expect(policy.refusal('::ffff:127.0.0.1')).toBeUndefined();
    expect(policy.refusal('10.1.2.3')).toBeUndefined();
    expect(policy.refusal('10.1.2.4')).toContain('private');
    expect(policy.refusal('fd12::1')).toBeUndefined();
    expect(policy.refusal('10.9.9.9', 'warehouse.INTERNAL.')).toBeUndefined();
    expect(policy.refusal('10.9.9.9', 'sub.warehouse.internal')).toContain('private');
  });

  it('open a metadata service only by its own address, never by a range or a name', () => {
    expect(createAddressPolicy(['rebound.example']).refusal('169.254.169.254', 'rebound.example')).toContain(
      'metadata',
    );
    expect(createAddressPolicy(['0.0.0.0/0', '::/0']).refusal('169.254.169.254')).toContain('metadata');
    expect(createAddressPolicy(['0.0.0.0/0', '::/0']).refusal('fd00:ec2::254')).toContain('metadata');
    expect(createAddressPolicy(['169.254.169.254']).refusal('169.254.169.254')).toBeUndefined();
  });

  it.each(['10.0.0.0/33', 'http://x', 'a b', '', '127.1/8x', '*.example.com'])(
    'that are none are refused: %j',
    (entry) => {
      expect(() => createAddressPolicy([entry])).toThrow('ALMANAC_HTTP_ALLOW');
    },
  );
});
