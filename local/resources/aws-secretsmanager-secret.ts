import { generateSecret } from '../secretsmanager';
import type { ResourceType } from '../types';
import { stableId } from './naming';
import { flag, number, object, text } from './properties';
import type { Services } from './services';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html */
export const awsSecretsManagerSecret: ResourceType<Services> = {
  type: 'AWS::SecretsManager::Secret',
  create(context) {
    const { properties, region, accountId, stackName, logicalId, services } = context;
    const name = text(properties, 'Name') ?? context.physicalName();
    const arn = `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${stableId(6, region, stackName, logicalId)}`;
    const options = object(properties, 'GenerateSecretString');
    const password = (): string =>
      generateSecret({
        length: number(options, 'PasswordLength') ?? 32,
        excludePunctuation: flag(options, 'ExcludePunctuation'),
        excludeCharacters: text(options, 'ExcludeCharacters') ?? '',
      });
    services.secrets.create(arn, name, () => {
      const key = text(options, 'GenerateStringKey');
      if (key === undefined) return text(properties, 'SecretString') ?? password();
      const template = JSON.parse(text(options, 'SecretStringTemplate') ?? '{}') as Record<string, unknown>;
      return JSON.stringify({ ...template, [key]: password() });
    });
    return { ref: arn, attributes: { Id: arn } };
  },
};
