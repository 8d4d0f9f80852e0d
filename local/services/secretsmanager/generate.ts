// Generates secrets as CloudFormation does.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
import { randomInt } from 'node:crypto';

export interface GenerateOptions {
  readonly length: number;
  readonly excludeCharacters: string;
  readonly excludeLowercase: boolean;
  readonly excludeUppercase: boolean;
  readonly excludeNumbers: boolean;
  readonly excludePunctuation: boolean;
  readonly includeSpace: boolean;
  /** Whether the secret contains at least one character of each kind. */
  readonly requireEachKind: boolean;
}

export function generateSecret(options: GenerateOptions): string {
  const kinds = [
    options.excludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    options.excludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    options.excludeNumbers ? '' : '0123456789',
    options.excludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    options.includeSpace ? ' ' : '',
  ]
    .map((kind) => Array.from(kind).filter((one) => !options.excludeCharacters.includes(one)))
    .filter((kind) => kind.length > 0);
  if (kinds.length === 0) throw new Error('GenerateSecretString excludes every character');
  const alphabet = kinds.flat();
  const secret = (options.requireEachKind ? kinds : []).slice(0, options.length).map(pick);
  // Inserted at random positions, so that the required characters do not come first.
  while (secret.length < options.length) secret.splice(randomInt(secret.length + 1), 0, pick(alphabet));
  return secret.join('');
}

function pick(characters: readonly string[]): string {
  return characters[randomInt(characters.length)] as string;
}
