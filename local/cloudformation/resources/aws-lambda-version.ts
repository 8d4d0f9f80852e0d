import type { ResourceContext, ResourceType } from '../../types';
import { required, text } from './properties';
import type { Services } from '../../services/registry';

/** Versions and aliases resolve to the function itself: the local cloud keeps one version of each function. */
export const awsLambdaVersion: ResourceType<Services> = {
  type: 'AWS::Lambda::Version',
  create(context) {
    const arn = qualified(context, '1', '1');
    return { ref: arn, attributes: { Version: '1', FunctionArn: arn } };
  },
};

export const awsLambdaAlias: ResourceType<Services> = {
  type: 'AWS::Lambda::Alias',
  create(context) {
    const { properties } = context;
    const arn = qualified(context, required(properties, 'Name'), text(properties, 'FunctionVersion') ?? '$LATEST');
    return { ref: arn, attributes: { AliasArn: arn } };
  },
};

/** Registers the qualifier, and returns the qualified ARN. */
function qualified(context: ResourceContext<Services>, qualifier: string, version: string): string {
  const { properties, region, accountId, services } = context;
  const name = required(properties, 'FunctionName').replace(/^arn:.*:function:/, '');
  services.lambda.addQualifier(name, qualifier, version);
  return `arn:aws:lambda:${region}:${accountId}:function:${name}:${qualifier}`;
}
