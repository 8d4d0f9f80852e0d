import { mintToken } from '../../client/src/token';
import { CAPABILITY_ACTIONS, printable, RealtimeError } from '../../protocol';
import { readDuration } from '../duration';
import { localToken } from '../network/target';

export interface TokenOptions {
  readonly client: string;
  readonly allow: readonly string[];
  readonly expires: string;
  readonly secretId?: string;
  readonly region?: string;
  readonly json: boolean;
}

/** Prints a token that is signed by the local cloud, or with a secret in AWS. */
export async function token(options: TokenOptions): Promise<void> {
  const capabilities = options.allow.length === 0 ? undefined : readAllow(options.allow);
  const expiresIn = readDuration('--expires', options.expires);
  const signed =
    options.secretId === undefined
      ? await localToken(
          options.client,
          capabilities === undefined ? undefined : JSON.stringify(capabilities),
          expiresIn,
        )
      : await mintToken({
          secret: await fetchSecret(options.secretId, options.region),
          clientId: options.client,
          capabilities: (capabilities ?? needAllow()) as Parameters<typeof mintToken>[0]['capabilities'],
          expiresIn,
        });
  process.stdout.write(options.json ? `${JSON.stringify({ token: signed })}\n` : `${signed}\n`);
}

/** Reads options such as `chat:*=subscribe,publish`. */
function readAllow(allow: readonly string[]): Record<string, readonly string[]> {
  const entries = allow.map((one) => {
    const [, pattern = '', list = ''] = /^([^=]+)=([^=]+)$/.exec(one) ?? [];
    if (pattern === '') throw new RealtimeError('cli_usage', `--allow takes pattern=action,action, got: ${one}.`);
    const actions = list.split(',');
    const unknown = actions.find((action) => !(CAPABILITY_ACTIONS as readonly string[]).includes(action));
    if (unknown !== undefined) {
      const known = CAPABILITY_ACTIONS.join(', ');
      throw new RealtimeError('cli_usage', `--allow takes the actions ${known}, got: ${printable(unknown)} in ${one}.`);
    }
    return [pattern, actions] as const;
  });
  return Object.fromEntries(entries);
}

function needAllow(): never {
  throw new RealtimeError('cli_usage', '--secret-id needs --allow: nothing is allowed by default.');
}

/** Loads the SDK when needed, because loading takes long. */
async function fetchSecret(secretId: string, region: string | undefined): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  // An ARN names its region: arn:aws:secretsmanager:<region>:…
  const where = region ?? /^arn:[^:]+:secretsmanager:([^:]+):/.exec(secretId)?.[1];
  const client = new SecretsManagerClient({ region: where });
  const { SecretString } = await client
    .send(new GetSecretValueCommand({ SecretId: secretId }))
    .catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new RealtimeError('cli_usage', `--secret-id ${secretId} can't be read: ${why}`, { cause });
    });
  if (SecretString === undefined) throw new RealtimeError('token_invalid', `The secret ${secretId} has no text.`);
  return SecretString;
}
