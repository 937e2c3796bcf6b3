import { randomInt } from 'node:crypto';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, it } from 'vitest';
import { encodeKey, payloadHeaders, queryString } from '../../../src/clients/lean-s3/request-form.js';
import { Signer } from '../../../src/clients/lean-s3/signer.js';

const characters = [...'abcXYZ019-_.~/ +%!*\'()&=?#;:@$,"<>[]{}|\\^`äß€𝄞\n\t'];
const text = (length: number) => Array.from({ length }, () => characters[randomInt(characters.length)]).join('');

it('signs as @smithy/signature-v4 does', async () => {
  for (let round = 0; round < 300; round += 1) {
    const region = ['eu-central-1', 'us-east-1'][randomInt(2)] as string;
    const credentials = {
      accessKeyId: `AKIA${randomInt(1e6)}`,
      secretAccessKey: `${text(8)}${randomInt(1e6)}`,
      ...(randomInt(2) === 0 ? {} : { sessionToken: Buffer.from(text(40)).toString('base64') }),
    };
    const signer = new Signer(region, 's3');
    const theirs = new SignatureV4({ credentials, region, service: 's3', sha256: Sha256, uriEscapePath: false });
    for (let request = 0; request < 3; request += 1) {
      const now = Date.UTC(
        2020 + randomInt(20),
        randomInt(12),
        randomInt(28),
        randomInt(24),
        randomInt(60),
        0,
        randomInt(1000),
      );
      const query: Record<string, string> = randomInt(2) === 0 ? {} : { partNumber: '7', uploadId: text(20) };
      const method = ['GET', 'PUT', 'HEAD'][randomInt(3)] as string;
      const path = `/bucket/${encodeKey(text(1 + randomInt(40)))}`;
      const headers = {
        host: 'bucket.s3.example.com',
        range: 'bytes=0-1',
        'if-match': '"0123"',
        ...payloadHeaders(method === 'PUT' ? Buffer.from(text(30)) : undefined),
      };
      const expected = await theirs.sign(
        { protocol: 'https:', hostname: 'bucket.s3.example.com', method, path, query, headers },
        { signingDate: new Date(now) },
      );
      const actual = signer.sign({ method, path, query: queryString(query), headers }, credentials, now);
      expect(actual).toEqual(expected.headers);
    }
  }
});

it('takes new credentials and a new day at once', () => {
  const signer = new Signer('eu-central-1', 's3');
  const parts = { method: 'GET', path: '/b/k', query: '', headers: { host: 'h', ...payloadHeaders(undefined) } };
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const day = Date.UTC(2026, 0, 1);
  const first = signer.sign(parts, credentials, day);
  expect(signer.sign(parts, credentials, day)).toEqual(first);
  expect(signer.sign(parts, { ...credentials, secretAccessKey: 'c' }, day)).not.toEqual(first);
  expect(signer.sign(parts, credentials, day)).toEqual(first);
  const next = signer.sign(parts, credentials, day + 86_400_000);
  expect(next.authorization).toContain('a/20260102/eu-central-1/s3/aws4_request');
  expect(next['x-amz-date']).toBe('20260102T000000Z');
});

/** As the SDK hands one to its signer. */
class Sha256 extends Hash {
  constructor(secret?: ConstructorParameters<typeof Hash>[1]) {
    super('sha256', secret);
  }
}
