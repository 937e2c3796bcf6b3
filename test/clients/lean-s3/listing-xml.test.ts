import { describe, expect, test } from 'vitest';
import { parseListing, unescapeXml } from '../../../src/clients/lean-s3/listing-xml.js';

const listing = (inner: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</ListBucketResult>`;
const a =
  '<Contents><Key>a</Key><LastModified>2026-11-25T19:28:03.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>4</Size></Contents>';

describe('parseListing', () => {
  // The order of AWS (its own elements first) and that of other servers (after or between the objects).
  test.each([
    [
      'first',
      `<Name>b</Name><KeyCount>1</KeyCount><IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;</NextContinuationToken>${a}`,
    ],
    [
      'last',
      `${a}<IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;</NextContinuationToken><KeyCount>1</KeyCount>`,
    ],
  ])('what is said of the listing comes %s', (_, inner) => {
    expect(parseListing(listing(inner))).toEqual({
      Contents: [{ Key: 'a', LastModified: new Date('2026-11-25T19:28:03Z'), ETag: '"e"', Size: 4 }],
      IsTruncated: true,
      NextContinuationToken: 't&',
      KeyCount: 1,
    });
  });

  test('an owner of an object is not taken for the object, nor a prefix for a key', () => {
    const owned = '<Contents><Key>k</Key><ETag>e</ETag><Size>0</Size><Owner><ID>i</ID></Owner></Contents>';
    const inner = `<Prefix>&lt;Key&gt;</Prefix><IsTruncated>false</IsTruncated>${owned}`;
    expect(parseListing(listing(inner))?.Contents).toEqual([{ Key: 'k', ETag: 'e', Size: 0 }]);
  });

  test.each([
    ['something else', '<Error><Code>x</Code></Error>'],
    ['nothing', ''],
    ['cut off', listing(`<IsTruncated>false</IsTruncated>${a}`).slice(0, -30)],
    ['not saying whether it goes on', listing(a)],
    ['going on without saying where', listing(`<IsTruncated>true</IsTruncated>${a}`)],
    ['an object without a key', listing(`<IsTruncated>false</IsTruncated>${a.replace('<Key>a</Key>', '')}`)],
    ['an object without a size', listing(`<IsTruncated>false</IsTruncated>${a.replace('<Size>4</Size>', '')}`)],
    ['a size that is no number', listing(`<IsTruncated>false</IsTruncated>${a.replace('>4<', '>4.5<')}`)],
    ['CDATA', listing(`<IsTruncated>false</IsTruncated>${a.replace('>a<', '><![CDATA[a]]><')}`)],
    ['a key with elements', listing(`<IsTruncated>false</IsTruncated>${a.replace('>a<', '><b>a</b><')}`)],
    ['encoded keys', listing(`<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${a}`)],
    ['common prefixes', listing(`<IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>p</Prefix></CommonPrefixes>`)],
  ])('%s is left to the SDK', (_, xml) => expect(parseListing(xml)).toBeUndefined());
});

test.each([
  ['&lt;&gt;&amp;&quot;&apos;', '<>&"\''],
  ['&#34;&#x1F600;&#13;', '"😀\r'],
  ['&amp;quot; &amp;amp;', '&quot; &amp;'],
  ['&unknown; & plain', '&unknown; & plain'],
])('unescapeXml(%j)', (text, plain) => expect(unescapeXml(text)).toBe(plain));
