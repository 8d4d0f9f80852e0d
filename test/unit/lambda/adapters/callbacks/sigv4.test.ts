// Our signatures are those of the SDK's signer.
import { createHash, createHmac, type Hash } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentity, ChecksumConstructor } from '@smithy/types';
import fc from 'fast-check';
import { CallbackSigner } from '../../../../../lambda/adapters/callbacks/sigv4';
import { runs } from '../../../../support/templates/properties';

/** Node's SHA-256, as the SDK's signer takes it. */
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

/** The headers that the SDK's signer makes of the same request. */
async function signedBySdk(
  target: ConstructorParameters<typeof CallbackSigner>[0],
  id: string,
  frame: Uint8Array,
  now: number,
  credentials: AwsCredentialIdentity,
): Promise<Record<string, string>> {
  const { region, host, basePath } = target;
  const sha256 = Sha256 as unknown as ChecksumConstructor;
  const signer = new SignatureV4({ credentials, region, service: 'execute-api', sha256 });
  const { headers } = await signer.sign(
    {
      ...{ method: 'POST', protocol: 'https:', hostname: host },
      path: pathOf(basePath, id),
      headers: { host, 'content-type': 'application/octet-stream' },
      body: frame,
    },
    { signingDate: new Date(now) },
  );
  return headers;
}

/** As the SDK writes it. */
function pathOf(basePath: string, id: string): string {
  const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return `${basePath}/@connections/${encodeURIComponent(id).replace(/[!'()*]/g, percent)}`;
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
// Ids of API Gateway are base64; what else there may be in one must not make a wrong signature.
const id = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9+/_=-]{10,20}$/),
  fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/^\.{1,2}$/.test(text)),
);
const time = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) });

test('any post is signed as by the SDK: 10,000 ids, times, credentials with and without a session token', async () => {
  await fc.assert(
    fc.asyncProperty(
      target,
      id,
      fc.uint8Array({ maxLength: 300 }),
      time,
      credentials,
      async (to, one, frame, now, who) => {
        const { path, headers } = new CallbackSigner(to).sign(one, frame, now, who);
        expect(asRecord(headers)).toEqual(await signedBySdk(to, one, frame, now, who));
        expect(path).toBe(pathOf(to.basePath, one));
      },
    ),
    runs(10_000),
  );
}, 120_000);

test('what a signer keeps never goes into a post that it does not belong to', async () => {
  const to = { host: 'a.example', basePath: '/prod', region: 'eu-west-1' };
  const frames = [Buffer.from('one'), Buffer.from('two')];
  const identities = [
    { accessKeyId: 'A', secretAccessKey: 'a' },
    { accessKeyId: 'B', secretAccessKey: 'b', sessionToken: 't' },
    { accessKeyId: 'B', secretAccessKey: 'b', sessionToken: 'u' },
    { accessKeyId: 'A', secretAccessKey: 'c' },
  ];
  const start = Date.UTC(2026, 10, 28, 23, 59, 50);
  const post = fc.tuple(fc.nat(1), fc.nat(3), fc.nat(30_000), id);
  await fc.assert(
    fc.asyncProperty(fc.array(post, { minLength: 2, maxLength: 12 }), async (posts) => {
      const signer = new CallbackSigner(to);
      for (const [f, who, after, one] of posts) {
        const args = [
          one,
          frames[f] ?? Buffer.of(),
          start + after,
          identities[who] ?? { accessKeyId: '', secretAccessKey: '' },
        ] as const;
        expect(asRecord(signer.sign(...args).headers)).toEqual(await signedBySdk(to, ...args));
      }
    }),
    runs(200),
  );
});
