import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Meter } from '../../metering';
import type { AwsRequest, AwsResponse, AwsService } from '../../types';

interface StoredSecret {
  readonly arn: string;
  readonly name: string;
  /** Absent when the template neither states nor generates a value. */
  readonly value?: string;
  readonly versionId: string;
}

export { generateSecret, type GenerateOptions } from './generate';

/** Secrets Manager of one region. */
export class SecretsManagerService implements AwsService {
  private readonly secrets = new Map<string, StoredSecret>();
  private readonly file: string | undefined;

  /** @param dataDir directory that keeps secrets between starts, so that tokens stay valid. @default - in memory */
  public constructor(
    dataDir?: string,
    private readonly meter = new Meter(),
  ) {
    if (dataDir === undefined) return;
    mkdirSync(dataDir, { recursive: true });
    this.file = path.join(dataDir, 'secrets.json');
    if (!existsSync(this.file)) return;
    for (const secret of JSON.parse(readFileSync(this.file, 'utf8')) as StoredSecret[])
      this.secrets.set(secret.arn, secret);
  }

  /**
   * Creates a secret.
   *
   * @param value the stated value, or a generator. A value generated at an earlier start is kept
   */
  public create(
    arn: string,
    name: string,
    value: { readonly stated?: string; readonly generate?: () => string },
  ): void {
    const before = this.secrets.get(arn);
    const now = value.stated ?? before?.value ?? value.generate?.();
    if (before !== undefined && before.value === now) return;
    this.secrets.set(arn, { arn, name, value: now, versionId: randomUUID() });
    if (this.file !== undefined) writeFileSync(this.file, JSON.stringify([...this.secrets.values()]), { mode: 0o600 });
  }

  /** The value of a secret by name or ARN. */
  public value(id: string): string | undefined {
    return this.find(id)?.value;
  }

  /** The ARN of a secret by name or ARN. */
  public arn(id: string): string | undefined {
    return this.find(id)?.arn;
  }

  public handle({ operation, json: fields }: AwsRequest): Promise<AwsResponse> {
    const result = this.call(operation, fields);
    if (result.status === 200) {
      this.meter.add({ service: 'secretsmanager', unit: 'API calls', resource: '', operation, amount: 1 });
    }
    return Promise.resolve(result);
  }

  public stop(): Promise<void> {
    return Promise.resolve();
  }

  private call(operation: string, given: () => unknown): AwsResponse {
    if (operation !== 'GetSecretValue' && operation !== 'DescribeSecret') {
      return failure(
        'UnknownOperationException',
        `The local cloud does not emulate the Secrets Manager operation ${operation}`,
      );
    }
    const fields = given() as { SecretId?: string; VersionId?: string; VersionStage?: string };
    const secret = this.find(fields.SecretId ?? '');
    if (secret === undefined)
      return failure('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    const { arn, name, value, versionId } = secret;
    if (operation === 'DescribeSecret')
      return json(200, { ARN: arn, Name: name, VersionIdsToStages: { [versionId]: ['AWSCURRENT'] } });
    // The local cloud keeps the current version only.
    const { VersionId: version = versionId, VersionStage: stage = 'AWSCURRENT' } = fields;
    if (value === undefined || version !== versionId || stage !== 'AWSCURRENT') {
      const what = version === versionId ? `staging label: ${stage}` : `VersionId: ${version}`;
      return failure('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${what}`);
    }
    return json(200, {
      ARN: arn,
      Name: name,
      SecretString: value,
      VersionId: versionId,
      VersionStages: ['AWSCURRENT'],
    });
  }

  /** Finds a secret by ARN, by ARN without its six random characters, or by name. */
  private find(id: string): StoredSecret | undefined {
    const all = [...this.secrets.values()];
    return this.secrets.get(id) ?? all.find(({ arn, name }) => name === id || arn.slice(0, -7) === id);
  }
}

function failure(name: string, message: string): AwsResponse {
  return json(400, { __type: name, message });
}

function json(status: number, body: object): AwsResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
