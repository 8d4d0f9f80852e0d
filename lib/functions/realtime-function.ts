import * as path from 'node:path';
import { Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { HandlerEnvironment } from '../contract/environment';
import type { FunctionName } from '../contract/functions';

/** Options that all functions of a region share. */
export interface FunctionDefaults {
  /** How long logs are kept. */
  readonly logRetention: RetentionDays;
  /** Removal policy of the log groups. */
  readonly removalPolicy: RemovalPolicy;
}

/** Props of {@link RealtimeFunction}. */
export interface RealtimeFunctionProps extends FunctionDefaults {
  /** Name of the function: the folder of assets/ with its bundled handler. */
  readonly name: FunctionName;
  /**
   * Physical name.
   *
   * @default - a name that CloudFormation generates
   */
  readonly functionName?: string;
  /** Description, which the console shows. */
  readonly description: string;
  /** Timeout. Seconds. */
  readonly timeoutSeconds: number;
  /** Memory, in MiB. CPU is proportional: one vCPU at 1,769 MiB. */
  readonly memoryMiB: number;
  /** Environment variables. */
  readonly environment: HandlerEnvironment;
  /** Permissions in addition to writing its log. */
  readonly permissions: PolicyStatement[];
}

/** A prebuilt handler with a role and a log group of its own. Nothing is bundled during the user's synthesis. */
export class RealtimeFunction extends Construct {
  /** The function. */
  public readonly function: LambdaFunction;
  /** Its log group. */
  public readonly logGroup: ILogGroup;

  public constructor(scope: Construct, id: string, props: RealtimeFunctionProps) {
    super(scope, id);
    const { name, logRetention, removalPolicy } = props;
    const logGroup = new LogGroup(this, 'Logs', { retention: logRetention, removalPolicy });
    this.logGroup = logGroup;
    const writeLogs = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${name} function of ${Stack.of(this).stackName}`,
      inlinePolicies: { Function: new PolicyDocument({ statements: [writeLogs, ...props.permissions] }) },
    });
    this.function = new LambdaFunction(this, 'Resource', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // lib/ in the repository and dist/ in the package are both one level below the root.
      code: Code.fromAsset(path.join(__dirname, '..', '..', 'assets', name)),
      handler: 'index.handler',
      functionName: props.functionName,
      description: props.description,
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMiB,
      environment: { POWERTOOLS_SERVICE_NAME: name, LOG_LEVEL: 'INFO', ...definedVariables(props.environment) },
      role,
      logGroup,
    });
    Validations.of(this.function).acknowledge(
      {
        id: 'Serverless-LambdaDLQ',
        reason: 'It is invoked synchronously: the caller gets the error, and a dead-letter queue would receive nothing',
      },
      {
        id: 'Serverless-LambdaTracing',
        reason: 'Traces are billed for each request and need permissions on every resource, so the user decides',
      },
    );
  }
}

/** The variables that have a value. */
function definedVariables(environment: HandlerEnvironment): Record<string, string> {
  const entries = Object.entries(environment) as [string, string | undefined][];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
