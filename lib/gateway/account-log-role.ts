import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct, type IDependable } from 'constructs';
import { acknowledgeWildcard } from '../util/nag';

/**
 * The CloudWatch role in API Gateway's settings of this account and region. It is one setting that every API there
 * shares, so role and setting stay when the stack goes.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export class AccountLogRole extends Construct {
  /**
   * The one of the scope's stack. Several in one deployment would write the same setting at once, and API Gateway takes
   * one UpdateAccount every 20 seconds.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   */
  public static of(scope: Construct): IDependable {
    const stack = Stack.of(scope);
    return stack.node.tryFindChild(ID) ?? new AccountLogRole(stack, ID);
  }

  private constructor(scope: Construct, id: string) {
    super(scope, id);
    const groups = Stack.of(this).formatArn({ service: 'logs', resource: '*' });
    const write = new PolicyStatement({
      // What AWS's managed policy AmazonAPIGatewayPushToCloudWatchLogs allows, on this account and region only.
      actions: [
        ...['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogGroups', 'logs:DescribeLogStreams'],
        ...['logs:PutLogEvents', 'logs:GetLogEvents', 'logs:FilterLogEvents'],
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
      'API Gateway has one role for the logs of every API of the account and region, whatever their names',
    );
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const account = new CfnAccount(this, 'Resource', { cloudWatchRoleArn: role.roleArn });
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}

/** What it is called in the stack. */
const ID = 'RealtimeAccountLogRole';
