// Signature Version 4 of posts to connections. Of two posts of one second only the connection's id and the frame differ: all
// else is computed once. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHmac, createSecretKey, hash as digest, type KeyObject } from 'node:crypto';
import type { AwsCredentialIdentity } from '@smithy/types';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 'execute-api';
const CONTENT_TYPE = 'application/octet-stream';

/** Where posts go. */
export interface CallbackTarget {
  /** As in the `host` header: with its port, if that is not the protocol's own. */
  readonly host: string;
  /** What stands before `/@connections`: the stage. Empty, or with a slash before and none behind. */
  readonly basePath: string;
  readonly region: string;
}

/** A signed request's path, and its headers: lines, each with its end. */
export interface SignedPost {
  readonly path: string;
  readonly headers: string;
}

/** What all posts of one second, with the same credentials, share. */
interface Moment {
  readonly second: number;
  readonly credentials: AwsCredentialIdentity;
  readonly signingKey: KeyObject;
  /** Of the canonical request: between the connection's id and the frame's hash, and behind that. */
  readonly beforeHash: string;
  readonly afterHash: string;
  readonly stringToSign: string;
  readonly authorization: string;
  /** Headers that are the same for all. */
  readonly headers: string;
}

/** Signs posts with the credentials that it is given; it keeps what it can use again. */
export class CallbackSigner {
  private readonly canonicalStart: string;
  private readonly pathStart: string;
  private moment: Moment | undefined;
  private key: { readonly day: string; readonly secret: string; readonly signing: KeyObject } | undefined;
  /** Every subscriber gets the same bytes: their hash is computed once. */
  private readonly hashes = new WeakMap<Uint8Array, string>();

  public constructor(private readonly target: CallbackTarget) {
    this.pathStart = `${target.basePath}/@connections/`;
    this.canonicalStart = `POST\n${this.pathStart.split('/').map(encode).join('/')}`;
  }

  /** @param now milliseconds since 1970 */
  public sign(connectionId: string, frame: Uint8Array, now: number, credentials: AwsCredentialIdentity): SignedPost {
    const moment = this.momentAt(now, credentials);
    const hash = this.hashOf(frame);
    const id = encode(connectionId);
    // Everything but S3 signs a path that is encoded twice.
    const canonical = `${this.canonicalStart}${id.replaceAll('%', '%25')}${moment.beforeHash}${hash}${moment.afterHash}${hash}`;
    const toSign = `${moment.stringToSign}${sha256(canonical)}`;
    const signature = createHmac('sha256', moment.signingKey).update(toSign).digest('hex');
    const headers = `${moment.headers}x-amz-content-sha256: ${hash}\r\nauthorization: ${moment.authorization}${signature}\r\n`;
    return { path: `${this.pathStart}${id}`, headers };
  }

  private momentAt(now: number, credentials: AwsCredentialIdentity): Moment {
    const second = Math.floor(now / 1000);
    if (this.moment?.second === second && this.moment.credentials === credentials) return this.moment;
    const { host, region } = this.target;
    const { accessKeyId, sessionToken } = credentials;
    const date = new Date(second * 1000).toISOString().replace(/[-:]|\.000/g, '');
    const day = date.slice(0, 8);
    const scope = `${day}/${region}/${SERVICE}/aws4_request`;
    const token = sessionToken === undefined ? '' : `x-amz-security-token:${sessionToken}\n`;
    const names = 'content-type;host;x-amz-content-sha256;x-amz-date';
    const signedHeaders = sessionToken === undefined ? names : `${names};x-amz-security-token`;
    this.moment = {
      second,
      credentials,
      signingKey: this.signingKey(day, credentials),
      beforeHash: `\n\ncontent-type:${CONTENT_TYPE}\nhost:${host}\nx-amz-content-sha256:`,
      afterHash: `\nx-amz-date:${date}\n${token}\n${signedHeaders}\n`,
      stringToSign: `${ALGORITHM}\n${date}\n${scope}\n`,
      authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=`,
      headers:
        `host: ${host}\r\ncontent-type: ${CONTENT_TYPE}\r\nx-amz-date: ${date}\r\n` +
        (sessionToken === undefined ? '' : `x-amz-security-token: ${sessionToken}\r\n`),
    };
    return this.moment;
  }

  /** It changes once a day, or with the credentials. */
  private signingKey(day: string, { secretAccessKey: secret }: AwsCredentialIdentity): KeyObject {
    if (this.key?.day !== day || this.key.secret !== secret) {
      const steps = [day, this.target.region, SERVICE, 'aws4_request'];
      const bytes = steps.reduce<Buffer>((key, step) => hmac(key, step), Buffer.from(`AWS4${secret}`));
      this.key = { day, secret, signing: createSecretKey(bytes) };
    }
    return this.key.signing;
  }

  private hashOf(frame: Uint8Array): string {
    const known = this.hashes.get(frame);
    if (known !== undefined) return known;
    const hash = sha256(frame);
    this.hashes.set(frame, hash);
    return hash;
  }
}

function sha256(data: string | Uint8Array): string {
  return digest('sha256', data, 'hex');
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** Encodes one segment of a path: all but letters, digits and `-_.~`. */
function encode(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
