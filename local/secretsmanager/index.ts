import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AwsRequest, AwsResponse, AwsService } from '../types';

interface StoredSecret {
  readonly arn: string;
  readonly name: string;
  readonly value: string;
  readonly versionId: string;
}

/** How CloudFormation generates a secret. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
export interface GenerateOptions {
  readonly length: number;
  readonly excludePunctuation: boolean;
  readonly excludeCharacters: string;
}

/** Secrets Manager of one region. */
export class SecretsManagerService implements AwsService {
  private readonly secrets = new Map<string, StoredSecret>();
  private readonly file: string | undefined;

  /** @param dataDir where secrets are kept between starts, so that tokens stay valid; in memory without it */
  public constructor(dataDir?: string) {
    if (dataDir === undefined) return;
    mkdirSync(dataDir, { recursive: true });
    this.file = path.join(dataDir, 'secrets.json');
    if (!existsSync(this.file)) return;
    for (const secret of JSON.parse(readFileSync(this.file, 'utf8')) as StoredSecret[])
      this.secrets.set(secret.arn, secret);
  }

  /** Makes a secret, unless it is there from an earlier start. */
  public create(arn: string, name: string, value: () => string): void {
    if (this.secrets.has(arn)) return;
    this.secrets.set(arn, { arn, name, value: value(), versionId: randomUUID() });
    if (this.file !== undefined) writeFileSync(this.file, JSON.stringify([...this.secrets.values()]), { mode: 0o600 });
  }

  /** The value of a secret by name or ARN. */
  public value(id: string): string | undefined {
    return this.find(id)?.value;
  }

  public handle({ operation, body }: AwsRequest): Promise<AwsResponse> {
    return Promise.resolve(this.call(operation, body.toString('utf8')));
  }

  public stop(): Promise<void> {
    return Promise.resolve();
  }

  private call(operation: string, body: string): AwsResponse {
    if (operation !== 'GetSecretValue' && operation !== 'DescribeSecret') {
      return failure(
        'UnknownOperationException',
        `The local cloud does not emulate the Secrets Manager operation ${operation}`,
      );
    }
    const { SecretId: id = '' } = JSON.parse(body) as { SecretId?: string };
    const secret = this.find(id);
    if (secret === undefined)
      return failure('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    const { arn, name, value, versionId } = secret;
    if (operation === 'DescribeSecret')
      return json(200, { ARN: arn, Name: name, VersionIdsToStages: { [versionId]: ['AWSCURRENT'] } });
    return json(200, {
      ARN: arn,
      Name: name,
      SecretString: value,
      VersionId: versionId,
      VersionStages: ['AWSCURRENT'],
    });
  }

  private find(id: string): StoredSecret | undefined {
    const byArn = this.secrets.get(id);
    return byArn ?? [...this.secrets.values()].find(({ name }) => name === id);
  }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

export function generateSecret({ length, excludePunctuation, excludeCharacters }: GenerateOptions): string {
  const alphabet = Array.from(LETTERS + (excludePunctuation ? '' : PUNCTUATION)).filter(
    (one) => !excludeCharacters.includes(one),
  );
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** The six characters that end a secret's ARN. */
export function arnSuffix(): string {
  return randomBytes(8).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, 6);
}

function failure(name: string, message: string): AwsResponse {
  return json(400, { __type: name, message });
}

function json(status: number, body: object): AwsResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
