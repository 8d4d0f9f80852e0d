import { existsSync } from 'node:fs';
import { LocalError } from '../errors';
import type { ResourceType } from '../types';
import { number, object, required, text, textMap } from './properties';
import type { Services } from './services';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html */
export const awsLambdaFunction: ResourceType<Services> = {
  type: 'AWS::Lambda::Function',
  create(context) {
    const { properties, region, accountId, services, stackName, logicalId } = context;
    const name = text(properties, 'FunctionName') ?? context.physicalName();
    const arn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
    const resource = { ref: name, attributes: { Arn: arn } };
    const runtime = required(properties, 'Runtime');
    const [, major] = /^nodejs(\d+)\.x$/.exec(runtime) ?? [];
    if (major === undefined) {
      context.unsupported(`functions of runtime ${runtime} are not run: invoking this one fails`);
      return resource;
    }
    const directory = context.assets.get(text(object(properties, 'Code'), 'S3Key') ?? '') ?? '';
    if (directory === '' || !existsSync(directory)) {
      throw new LocalError(
        'assembly_invalid',
        `${stackName}: ${logicalId}: its code is not in the assembly. Run: npx cdk synth`,
      );
    }
    const reservedConcurrency = number(properties, 'ReservedConcurrentExecutions');
    services.lambda.addFunction({
      ...{ name, arn, directory },
      handler: required(properties, 'Handler'),
      runtimeMajor: Number(major),
      timeout: (number(properties, 'Timeout') ?? 3) * 1000,
      memory: number(properties, 'MemorySize') ?? 128,
      environment: textMap(object(properties, 'Environment'), 'Variables'),
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
    });
    return resource;
  },
};
