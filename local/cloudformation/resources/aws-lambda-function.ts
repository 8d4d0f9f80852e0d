import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LocalError } from '../../support/errors';
import type { ResourceContext, ResourceType } from '../../types';
import { number, object, required, text, textMap, texts } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html */
export const awsLambdaFunction: ResourceType<Services> = {
  type: 'AWS::Lambda::Function',
  create(context) {
    const { properties, region, accountId, services } = context;
    const name = text(properties, 'FunctionName') ?? context.physicalName();
    const arn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
    const resource = { ref: name, attributes: { Arn: arn } };
    const runtime = text(properties, 'Runtime') ?? 'of a container image';
    const [, major] = /^nodejs(\d+)\.x$/.exec(runtime) ?? [];
    if (major === undefined) {
      context.unsupported(`the runtime ${runtime} is not emulated; invocations fail`);
      return resource;
    }
    if (Array.isArray(properties.Layers) && properties.Layers.length > 0)
      context.unsupported('layers are not emulated; imports from a layer fail');
    const directory = codeOf(context);
    const reservedConcurrency = number(properties, 'ReservedConcurrentExecutions');
    const role = text(properties, 'Role');
    services.lambda.addFunction({
      name,
      arn,
      directory,
      description: text(properties, 'Description'),
      handler: required(properties, 'Handler'),
      runtimeMajor: Number(major),
      timeout: (number(properties, 'Timeout') ?? 3) * 1000,
      memory: number(properties, 'MemorySize') ?? 128,
      architecture: texts(properties, 'Architectures').includes('arm64') ? 'arm64' : 'x86_64',
      environment: textMap(object(properties, 'Environment'), 'Variables'),
      role,
      reservedConcurrency,
    });
    return resource;
  },
};

/** Directory of a function's code: an asset, or a file with the inline code of the template. */
function codeOf({ properties, assets, services, stackName, logicalId }: ResourceContext<Services>): string {
  const code = object(properties, 'Code');
  const inline = text(code, 'ZipFile');
  if (inline !== undefined) {
    const folder = mkdtempSync(path.join(tmpdir(), 'cdk-realtime-inline-'));
    writeFileSync(path.join(folder, 'index.js'), inline);
    services.onStop(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    return folder;
  }
  const directory = assets.get(text(code, 'S3Key') ?? '') ?? '';
  if (directory === '' || !existsSync(directory)) {
    const what = `${stackName}: ${logicalId}: the function's code is not in the assembly`;
    throw new LocalError('assembly_invalid', `${what}. Run: npx cdk synth`);
  }
  if (!statSync(directory).isDirectory()) {
    const what = `${stackName}: ${logicalId}: the function's code is an archive`;
    throw new LocalError('template_unsupported', `${what}. The local cloud runs code from directories only.`);
  }
  return directory;
}
