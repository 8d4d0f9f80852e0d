import { generateSecret } from '../../services/secretsmanager';
import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { flag, number, object, text } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html */
export const awsSecretsManagerSecret: ResourceType<Services> = {
  type: 'AWS::SecretsManager::Secret',
  create(context) {
    const { properties, region, accountId, stackName, logicalId, services } = context;
    const name = text(properties, 'Name') ?? context.physicalName();
    const arnIn = (where: string): string =>
      `arn:aws:secretsmanager:${where}:${accountId}:secret:${name}-${stableId(6, region, stackName, logicalId)}`;
    const stated = text(properties, 'SecretString');
    const generates = properties.GenerateSecretString !== undefined;
    const arn = arnIn(region);
    services.secrets.create(arn, name, {
      stated,
      generate: generates ? () => generated(object(properties, 'GenerateSecretString')) : undefined,
    });
    const value = services.secrets.value(arn);
    for (const replica of replicaRegions(properties.ReplicaRegions)) {
      const replicaServices = services.global.inRegion(replica);
      if (replicaServices === undefined)
        context.unsupported(`no stack runs in ${replica}; the secret is not replicated there`);
      else replicaServices.secrets.create(arnIn(replica), name, { stated: value });
    }
    return { ref: arn, attributes: { Id: arn } };
  },
};

function replicaRegions(replicas: unknown): readonly string[] {
  if (!Array.isArray(replicas)) return [];
  return (replicas as { Region?: unknown }[]).flatMap(({ Region: region }) =>
    typeof region === 'string' ? region : [],
  );
}

function generated(options: Readonly<Record<string, unknown>>): string {
  const password = generateSecret({
    length: number(options, 'PasswordLength') ?? 32,
    excludeCharacters: text(options, 'ExcludeCharacters') ?? '',
    excludeLowercase: flag(options, 'ExcludeLowercase'),
    excludeUppercase: flag(options, 'ExcludeUppercase'),
    excludeNumbers: flag(options, 'ExcludeNumbers'),
    excludePunctuation: flag(options, 'ExcludePunctuation'),
    includeSpace: flag(options, 'IncludeSpace'),
    requireEachKind: text(options, 'RequireEachIncludedType') !== 'false',
  });
  const key = text(options, 'GenerateStringKey');
  if (key === undefined) return password;
  const template = JSON.parse(text(options, 'SecretStringTemplate') ?? '{}') as Record<string, unknown>;
  return JSON.stringify({ ...template, [key]: password });
}
