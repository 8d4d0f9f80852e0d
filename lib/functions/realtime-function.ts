import * as path from 'node:path';
import { Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { HandlerEnvironment } from '../contract/environment';
import type { FunctionName } from '../contract/functions';

/** What all functions of an API share. */
export interface FunctionDefaults {
  /** How long logs are kept. */
  readonly logRetention: RetentionDays;
  /** What becomes of the log group when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

/** Props of {@link RealtimeFunction}. */
export interface RealtimeFunctionProps extends FunctionDefaults {
  /** The folder of assets/ that holds the bundled handler. */
  readonly asset: FunctionName;
  /**
   * What it is called.
   *
   * @default - a name that CloudFormation makes
   */
  readonly functionName?: string;
  /** What it is for, as the console shows it. */
  readonly description: string;
  /** Seconds until Lambda ends it. */
  readonly timeoutSeconds: number;
  /** MiB of memory; CPU comes in proportion, one vCPU at 1,769. */
  readonly memoryMiB: number;
  /** Its environment. */
  readonly environment: HandlerEnvironment;
  /** What it may do, besides writing its own log. */
  readonly permissions: PolicyStatement[];
}

/** A prebuilt handler with its own role and its own log group: nothing is bundled at the user's synth. */
export class RealtimeFunction extends Construct {
  /** The function. */
  public readonly function: LambdaFunction;
  /** Where it logs. */
  public readonly logGroup: ILogGroup;

  public constructor(scope: Construct, id: string, props: RealtimeFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', { retention: props.logRetention, removalPolicy: props.removalPolicy });
    this.logGroup = logGroup;
    const writeLogs = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${props.asset} function of ${Stack.of(this).stackName}`,
      inlinePolicies: { Function: new PolicyDocument({ statements: [writeLogs, ...props.permissions] }) },
    });
    this.function = new LambdaFunction(this, 'Resource', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // lib/ in the repository and dist/ in the package are both one level below the root.
      code: Code.fromAsset(path.join(__dirname, '..', '..', 'assets', props.asset)),
      handler: 'index.handler',
      ...(props.functionName === undefined ? {} : { functionName: props.functionName }),
      description: props.description,
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMiB,
      environment: { POWERTOOLS_SERVICE_NAME: props.asset, LOG_LEVEL: 'INFO', ...props.environment },
      role,
      logGroup,
    });
    Validations.of(this.function).acknowledge(
      {
        id: 'Serverless-LambdaDLQ',
        reason: 'It is invoked synchronously: its caller gets the error, and a dead-letter queue would get nothing',
      },
      {
        id: 'Serverless-LambdaTracing',
        reason:
          'Traces are billed for each request, and need rights on every resource: when they are worth it is for the user',
      },
    );
  }
}
