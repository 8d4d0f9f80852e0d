// Signature Version 4 of posts to connections. Two posts within a second differ only in the connection id and the frame; all other
// parts are computed once. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHmac, createSecretKey, hash as digest, type KeyObject } from 'node:crypto';
import type { AwsCredentialIdentity } from '@smithy/types';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 'execute-api';
const CONTENT_TYPE = 'application/octet-stream';

/** The stage that posts go to. */
export interface CallbackTarget {
  /** Value of the `host` header, with the port unless it is the default of the protocol. */
  readonly host: string;
  /** Path before `/@connections`: empty, or the stage with a leading and without a trailing slash. */
  readonly basePath: string;
  readonly region: string;
}

export interface UnsignedPost {
  readonly connectionId: string;
  readonly frame: Uint8Array;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly credentials: AwsCredentialIdentity;
}

export interface SignedPost {
  readonly path: string;
  /** Header lines, each with its CRLF. */
  readonly headers: string;
}

/** The parts of a signature that all posts of one second with the same credentials share. */
interface SharedParts {
  readonly second: number;
  readonly credentials: AwsCredentialIdentity;
  readonly signingKey: KeyObject;
  /** Of the canonical request: the part between the connection id and the first hash of the frame. */
  readonly beforeHash: string;
  /** Of the canonical request: the part between the first and the second hash of the frame. */
  readonly afterHash: string;
  /** Start of the string to sign; the hash of the canonical request follows. */
  readonly stringToSign: string;
  /** Start of the `authorization` header; the signature follows. */
  readonly authorization: string;
  /** Header lines that are equal for all posts. */
  readonly headers: string;
}

/** Signs posts, and caches what the next post can use again. */
export class CallbackSigner {
  private readonly pathStart: string;
  private readonly canonicalStart: string;
  private shared: SharedParts | undefined;
  private signingKey: { readonly day: string; readonly secret: string; readonly key: KeyObject } | undefined;
  /** All subscribers get the same bytes, whose hash is computed once. */
  private readonly hashes = new WeakMap<Uint8Array, string>();

  public constructor(private readonly target: CallbackTarget) {
    this.pathStart = `${target.basePath}/@connections/`;
    this.canonicalStart = `POST\n${this.pathStart.split('/').map(encodeSegment).join('/')}`;
  }

  public sign({ connectionId, frame, now, credentials }: UnsignedPost): SignedPost {
    const shared = this.sharedParts(now, credentials);
    const hash = this.hashOf(frame);
    const id = encodeSegment(connectionId);
    // Every service but S3 signs a path that is encoded twice.
    const encodedTwice = id.replaceAll('%', '%25');
    const canonical = `${this.canonicalStart}${encodedTwice}${shared.beforeHash}${hash}${shared.afterHash}${hash}`;
    const stringToSign = `${shared.stringToSign}${sha256(canonical)}`;
    const signature = createHmac('sha256', shared.signingKey).update(stringToSign).digest('hex');
    const authorization = `${shared.authorization}${signature}`;
    const headers = `${shared.headers}x-amz-content-sha256: ${hash}\r\nauthorization: ${authorization}\r\n`;
    return { path: `${this.pathStart}${id}`, headers };
  }

  private sharedParts(now: number, credentials: AwsCredentialIdentity): SharedParts {
    const second = Math.floor(now / 1000);
    if (this.shared?.second === second && this.shared.credentials === credentials) return this.shared;
    const { host, region } = this.target;
    const { accessKeyId, sessionToken } = credentials;
    const date = new Date(second * 1000).toISOString().replace(/[-:]|\.000/g, '');
    const day = date.slice(0, 8);
    const scope = `${day}/${region}/${SERVICE}/aws4_request`;
    const tokenLine = sessionToken === undefined ? '' : `x-amz-security-token:${sessionToken}\n`;
    const names = 'content-type;host;x-amz-content-sha256;x-amz-date';
    const signedHeaders = sessionToken === undefined ? names : `${names};x-amz-security-token`;
    this.shared = {
      second,
      credentials,
      signingKey: this.signingKeyOf(day, credentials),
      beforeHash: `\n\ncontent-type:${CONTENT_TYPE}\nhost:${host}\nx-amz-content-sha256:`,
      afterHash: `\nx-amz-date:${date}\n${tokenLine}\n${signedHeaders}\n`,
      stringToSign: `${ALGORITHM}\n${date}\n${scope}\n`,
      authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=`,
      headers:
        `host: ${host}\r\ncontent-type: ${CONTENT_TYPE}\r\nx-amz-date: ${date}\r\n` +
        (sessionToken === undefined ? '' : `x-amz-security-token: ${sessionToken}\r\n`),
    };
    return this.shared;
  }

  /** Derives the key, which changes once a day or with the credentials. */
  private signingKeyOf(day: string, { secretAccessKey: secret }: AwsCredentialIdentity): KeyObject {
    if (this.signingKey?.day !== day || this.signingKey.secret !== secret) {
      const steps = [day, this.target.region, SERVICE, 'aws4_request'];
      const bytes = steps.reduce<Buffer>((key, step) => hmac(key, step), Buffer.from(`AWS4${secret}`));
      this.signingKey = { day, secret, key: createSecretKey(bytes) };
    }
    return this.signingKey.key;
  }

  private hashOf(frame: Uint8Array): string {
    const cached = this.hashes.get(frame);
    if (cached !== undefined) return cached;
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

/** Encodes one segment of a path: all characters but letters, digits and `-_.~`. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
