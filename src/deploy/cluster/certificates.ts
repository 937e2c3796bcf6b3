import { generateKeyPairSync, randomBytes } from 'node:crypto';
import forge from 'node-forge';

/** All PEM. */
export interface KeyAndCertificate {
  key: string;
  certificate: string;
}

/** Years for which both hold: the servers warn in their log from ninety days before. */
const years = 10;
const sha256 = () => forge.md.sha256.create();

/** A certificate authority for one cluster and nothing else. */
export function createAuthority(name: string, now: Date = new Date()): KeyAndCertificate {
  const key = newKey();
  const certificate = unsigned(name, key, now);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(key.privateKey, sha256());
  return pem(key, certificate);
}

/** A certificate for servers that also call each other with it. */
export function issueCertificate(
  authority: KeyAndCertificate,
  names: readonly [string, ...string[]],
  now: Date = new Date(),
): KeyAndCertificate {
  const key = newKey();
  const certificate = unsigned(names[0], key, now);
  certificate.setIssuer(forge.pki.certificateFromPem(authority.certificate).subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    // 2 is dNSName: RFC 5280, 4.2.1.6.
    { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(authority.key), sha256());
  return pem(key, certificate);
}

/** Made by Node's own generator; forge only writes the certificate. */
function newKey(): forge.pki.rsa.KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { privateKey: forge.pki.privateKeyFromPem(privateKey), publicKey: forge.pki.publicKeyFromPem(publicKey) };
}

function unsigned(name: string, { publicKey }: forge.pki.rsa.KeyPair, now: Date): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  // A positive number of 16 octets: a leading bit would make it negative.
  certificate.serialNumber = `0${randomBytes(16).toString('hex').slice(1)}`;
  // Clocks differ.
  certificate.validity.notBefore = new Date(now.getTime() - 3_600_000);
  certificate.validity.notAfter = new Date(now);
  certificate.validity.notAfter.setUTCFullYear(now.getUTCFullYear() + years);
  // 64 characters are the most that a common name may have; what counts are the alternative names.
  certificate.setSubject([{ name: 'commonName', value: name.slice(0, 64) }]);
  return certificate;
}

function pem({ privateKey }: forge.pki.rsa.KeyPair, certificate: forge.pki.Certificate): KeyAndCertificate {
  return {
    key: forge.pki.privateKeyInfoToPem(forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(privateKey))),
    certificate: forge.pki.certificateToPem(certificate),
  };
}
