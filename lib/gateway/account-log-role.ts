import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct, type IDependable } from 'constructs';
import { acknowledgeWildcard } from '../util/nag';

/**
 * The CloudWatch role in API Gateway's settings of this account and region. All APIs of the account and region share the setting, so
 * role and setting are retained when the stack is deleted.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export class AccountLogRole extends Construct {
  /**
   * The one of the scope's stack, created on first use. API Gateway accepts one UpdateAccount every 20 seconds, so several in one
   * deployment would fail.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   */
  public static of(scope: Construct): IDependable {
    const stack = Stack.of(scope);
    return stack.node.tryFindChild(CONSTRUCT_ID) ?? new AccountLogRole(stack, CONSTRUCT_ID);
  }

  private constructor(scope: Construct, id: string) {
    super(scope, id);
    const groups = Stack.of(this).formatArn({ service: 'logs', resource: '*' });
    const write = new PolicyStatement({
      // The actions of the AWS managed policy AmazonAPIGatewayPushToCloudWatchLogs, for this account and region only.
      actions: [
        'logs:CreateLogGroup',
        'logs:CreateLogStream',
        'logs:DescribeLogGroups',
        'logs:DescribeLogStreams',
        'logs:PutLogEvents',
        'logs:GetLogEvents',
        'logs:FilterLogEvents',
      ],
      resources: [groups],
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      inlinePolicies: { Logs: new PolicyDocument({ statements: [write] }) },
    });
    acknowledgeWildcard(
      role,
      groups,
      'API Gateway uses one role for the logs of all APIs of the account and region, and their names are not known',
    );
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const account = new CfnAccount(this, 'Resource', { cloudWatchRoleArn: role.roleArn });
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}

/** Construct id in the stack. */
const CONSTRUCT_ID = 'RealtimeAccountLogRole';
