import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAuthority, issueCertificate } from '../../../src/deploy/cluster/certificates.js';
import { type CertificateRequest, fillCertificate } from '../../../src/deploy/cluster/fill-certificate.js';
import type { SecretStore } from '../../../src/deploy/secrets/secret-store.js';

const request: CertificateRequest = {
  authoritySecretArn: 'arn:authority',
  trustSecretArn: 'arn:trust',
  serverSecretArn: 'arn:server',
  names: ['temporal.almanac.internal'],
};

let secrets: Map<string, string>;
let writes: string[];
const store: SecretStore = {
  read: async (arn) => secrets.get(arn),
  write: async (arn, text) => {
    writes.push(arn);
    secrets.set(arn, text);
  },
};

beforeEach(() => {
  secrets = new Map();
  writes = [];
});

const serverCertificate = () => new X509Certificate(JSON.parse(secrets.get('arn:server') ?? '').certificate);

describe('the certificate of a cluster', () => {
  it('is one that both sides of a TLS connection accept from each other', async () => {
    const authority = createAuthority('cluster');
    const { key, certificate: cert } = issueCertificate(authority, ['temporal.almanac.internal']);
    const ca = authority.certificate;
    const server = createServer({ key, cert, ca, requestCert: true, rejectUnauthorized: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const accepted = once(server, 'secureConnection');
    const client = connect({ host: '127.0.0.1', port, servername: 'temporal.almanac.internal', key, cert, ca });
    const [socket] = (await accepted) as [TLSSocket];
    expect(socket.authorized).toBe(true);
    expect(client.authorized).toBe(true);
    client.destroy();
    server.close();
  });

  it('is for its names alone, and its authority signs nothing but servers', () => {
    const authority = createAuthority('cluster');
    const signed = new X509Certificate(issueCertificate(authority, ['a.internal', 'b.internal']).certificate);
    expect(signed.checkHost('b.internal')).toBe('b.internal');
    expect(signed.checkHost('c.internal')).toBeUndefined();
    expect(signed.ca).toBe(false);
    expect(signed.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(signed.verify(new X509Certificate(createAuthority('cluster').certificate).publicKey)).toBe(false);
    expect(new X509Certificate(authority.certificate).ca).toBe(true);
  });

  it('is made once, and kept', async () => {
    expect(await fillCertificate(store, request)).toEqual(['authority', 'certificate']);
    const before = new Map(secrets);
    expect(await fillCertificate(store, request)).toEqual([]);
    expect(secrets).toEqual(before);
    expect(secrets.get('arn:trust')).toBe(JSON.parse(secrets.get('arn:authority') ?? '').certificate.trim());
  });

  it('is made anew by the same authority for other names, or when its end is near', async () => {
    await fillCertificate(store, request);
    const trust = secrets.get('arn:trust');
    expect(await fillCertificate(store, { ...request, names: ['other.internal'] })).toEqual(['certificate']);
    expect(serverCertificate().checkHost('other.internal')).toBeDefined();
    const later = new Date();
    later.setUTCFullYear(later.getUTCFullYear() + 9, later.getUTCMonth() + 1);
    expect(await fillCertificate(store, { ...request, names: ['other.internal'] }, later)).toEqual(['certificate']);
    expect(secrets.get('arn:trust')).toBe(trust);
  });

  it.each(['arn:authority', 'arn:trust', 'arn:server'])(
    'is whole after a run that died when it wrote %s',
    async (arn) => {
      const dying: SecretStore = {
        ...store,
        write: async (to, text) => {
          if (to === arn) throw new Error('the process is gone');
          await store.write(to, text);
        },
      };
      await expect(fillCertificate(dying, request)).rejects.toThrow('gone');
      await fillCertificate(store, request);
      const authority = new X509Certificate(secrets.get('arn:trust') ?? '');
      expect(serverCertificate().verify(authority.publicKey)).toBe(true);
    },
  );
});
