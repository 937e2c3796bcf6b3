import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { SecretStore } from '../secrets/secret-store.js';
import { createAuthority, issueCertificate, type KeyAndCertificate } from './certificates.js';

export interface CertificateRequest {
  /** ARN of the secret with the authority and its key: read by nobody but this. */
  authoritySecretArn: string;
  /** ARN of the secret with the authority's certificate, PEM: what clients trust. */
  trustSecretArn: string;
  /** ARN of the secret with key and certificate of the servers. */
  serverSecretArn: string;
  /** Names that the certificate is for. */
  names: readonly [string, ...string[]];
}

const stored = z.object({ key: z.string().min(1), certificate: z.string().min(1) });
/** A certificate with less left is made anew at the next deploy. */
const leastDays = 365;

/**
 * Makes what is missing of the authority and the certificate of a cluster. The authority stays for its whole life, so that clients never
 * have to trust a new one; the certificate is made anew when its names change or its end comes near.
 *
 * @returns what was made; never a key
 */
export async function fillCertificate(
  store: SecretStore,
  request: CertificateRequest,
  now: Date = new Date(),
): Promise<('authority' | 'certificate')[]> {
  const known = parse(await store.read(request.authoritySecretArn));
  const authority = known ?? createAuthority('Almanac Temporal', now);
  if (known === undefined) await store.write(request.authoritySecretArn, JSON.stringify(authority));
  // Compared and not presumed: the run before may have been cut off between the two.
  const trust = authority.certificate.trim();
  if ((await store.read(request.trustSecretArn)) !== trust) await store.write(request.trustSecretArn, trust);
  const server = parse(await store.read(request.serverSecretArn));
  const isUsable = server !== undefined && suits(server, authority, request.names, now);
  if (!isUsable)
    await store.write(request.serverSecretArn, JSON.stringify(issueCertificate(authority, request.names, now)));
  return [...(known === undefined ? (['authority'] as const) : []), ...(isUsable ? [] : (['certificate'] as const))];
}

/** Undefined for what is no such pair, as a secret that was never filled. */
function parse(text: string | undefined): KeyAndCertificate | undefined {
  if (text === undefined) return undefined;
  try {
    return stored.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function suits(
  { certificate }: KeyAndCertificate,
  authority: KeyAndCertificate,
  names: readonly string[],
  now: Date,
): boolean {
  const x509 = new X509Certificate(certificate);
  const left = Date.parse(x509.validTo) - now.getTime();
  return (
    left > leastDays * 86_400_000 &&
    names.every((name) => x509.checkHost(name) !== undefined) &&
    x509.verify(new X509Certificate(authority.certificate).publicKey)
  );
}
