// Signatures of posts, compared with those of the SDK's signer.
import { createHash, createHmac, type Hash } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ChecksumConstructor } from '@smithy/types';
import fc from 'fast-check';
import {
  CallbackSigner,
  type CallbackTarget,
  type UnsignedPost,
} from '../../../../../lambda/adapters/api-gateway/sigv4';
import { runs } from '../../../../support/templates/properties';

/** Node's SHA-256, with the interface that the SDK's signer expects. */
class Sha256 {
  private readonly hash: Hash;
  public constructor(secret?: string | Uint8Array) {
    this.hash = secret === undefined ? createHash('sha256') : (createHmac('sha256', secret) as unknown as Hash);
  }
  public update(data: string | Uint8Array): void {
    this.hash.update(data);
  }
  public digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

/** Headers of the same request, signed by the SDK's signer. */
async function signedBySdk(
  { region, host, basePath }: CallbackTarget,
  { connectionId, frame, now, credentials }: UnsignedPost,
): Promise<Record<string, string>> {
  const sha256 = Sha256 as unknown as ChecksumConstructor;
  const signer = new SignatureV4({ credentials, region, service: 'execute-api', sha256 });
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: 'https:',
      hostname: host,
      path: pathOf(basePath, connectionId),
      headers: { host, 'content-type': 'application/octet-stream' },
      body: frame,
    },
    { signingDate: new Date(now) },
  );
  return headers;
}

/** Path of a post, encoded as by the SDK. */
function pathOf(basePath: string, connectionId: string): string {
  const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return `${basePath}/@connections/${encodeURIComponent(connectionId).replace(/[!'()*]/g, percent)}`;
}

function asRecord(headers: string): Record<string, string> {
  const lines = headers.split('\r\n').slice(0, -1);
  return Object.fromEntries(lines.map((line) => line.split(': ')) as [string, string][]);
}

const word = fc.stringMatching(/^[A-Za-z0-9+/=]{4,200}$/);
const target = fc.record({
  host: fc.constantFrom('abc123.execute-api.eu-west-1.amazonaws.com', '127.0.0.1:4567'),
  basePath: fc.constantFrom('', '/prod', '/account/region/api_1/stage-2'),
  region: fc.constantFrom('eu-west-1', 'us-gov-east-1', 'ap-northeast-3'),
});
const credentials = fc.record({
  accessKeyId: word,
  secretAccessKey: word,
  sessionToken: fc.option(word, { nil: undefined }),
});
// Connection ids of API Gateway are base64. Other characters must not make a wrong signature either.
const connectionId = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9+/_=-]{10,20}$/),
  fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/^\.{1,2}$/.test(text)),
);
const now = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) });

test('given any target, connection id, frame, time and credentials, when a post is signed, then the signature equals the SDK’s (10,000 cases)', async () => {
  const frame = fc.uint8Array({ maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(target, fc.record({ connectionId, frame, now, credentials }), async (to, post) => {
      const { path, headers } = new CallbackSigner(to).sign(post);
      expect(asRecord(headers)).toEqual(await signedBySdk(to, post));
      expect(path).toBe(pathOf(to.basePath, post.connectionId));
    }),
    runs(10_000),
  );
}, 120_000);

test('given one signer, when frames, credentials and time change between posts, then each signature equals the SDK’s', async () => {
  const to = { host: 'a.example', basePath: '/prod', region: 'eu-west-1' };
  const frames = [Buffer.from('one'), Buffer.from('two')];
  const identities = [
    { accessKeyId: 'A', secretAccessKey: 'a' },
    { accessKeyId: 'B', secretAccessKey: 'b', sessionToken: 't' },
    { accessKeyId: 'B', secretAccessKey: 'b', sessionToken: 'u' },
    { accessKeyId: 'A', secretAccessKey: 'c' },
  ];
  // The range of times includes midnight, when the signing key changes.
  const start = Date.UTC(2026, 10, 28, 23, 59, 50);
  const post = fc.record({
    connectionId,
    frame: fc.constantFrom(...frames),
    now: fc.integer({ min: start, max: start + 30_000 }),
    credentials: fc.constantFrom(...identities),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(post, { minLength: 2, maxLength: 12 }), async (posts) => {
      const signer = new CallbackSigner(to);
      for (const one of posts) expect(asRecord(signer.sign(one).headers)).toEqual(await signedBySdk(to, one));
    }),
    runs(200),
  );
});
