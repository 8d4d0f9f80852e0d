import type { ResourceType } from '../types';
import { required, text } from './properties';
import type { Services } from './services';

/** Versions and aliases lead to the function itself: there is only one version here. */
export const awsLambdaVersion: ResourceType<Services> = {
  type: 'AWS::Lambda::Version',
  create({ properties, region, accountId }) {
    const arn = qualifiedArn(region, accountId, required(properties, 'FunctionName'), '1');
    return { ref: arn, attributes: { Version: '1', FunctionArn: arn } };
  },
};

export const awsLambdaAlias: ResourceType<Services> = {
  type: 'AWS::Lambda::Alias',
  create({ properties, region, accountId }) {
    const arn = qualifiedArn(
      region,
      accountId,
      required(properties, 'FunctionName'),
      text(properties, 'Name') ?? 'alias',
    );
    return { ref: arn, attributes: { AliasArn: arn } };
  },
};

function qualifiedArn(region: string, accountId: string, nameOrArn: string, qualifier: string): string {
  const arn = nameOrArn.startsWith('arn:') ? nameOrArn : `arn:aws:lambda:${region}:${accountId}:function:${nameOrArn}`;
  return `${arn}:${qualifier}`;
}
