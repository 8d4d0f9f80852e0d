// AWS managed policies that execution roles commonly use, reduced to the actions of emulated services.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html

/** Allowed actions on every resource, by the policy's name after `arn:aws:iam::aws:policy/`. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: ['*'],
  AmazonAPIGatewayInvokeFullAccess: ['execute-api:Invoke', 'execute-api:ManageConnections'],
  AmazonDynamoDBFullAccess: ['dynamodb:*'],
  AmazonSQSFullAccess: ['sqs:*'],
  AWSXRayDaemonWriteAccess: [],
  AWSXrayWriteOnlyAccess: [],
  CloudWatchLambdaInsightsExecutionRolePolicy: [],
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs': [],
  'service-role/AWSLambdaBasicExecutionRole': [],
  'service-role/AWSLambdaRole': ['lambda:InvokeFunction'],
  'service-role/AWSLambdaSQSQueueExecutionRole': ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  'service-role/AWSLambdaVPCAccessExecutionRole': [],
};

/** Policy documents by ARN. */
export const AWS_MANAGED_POLICIES: readonly (readonly [arn: string, document: object])[] = Object.entries(ACTIONS).map(
  ([name, Action]) => [
    `arn:aws:iam::aws:policy/${name}`,
    { Statement: Action.length === 0 ? [] : [{ Effect: 'Allow', Action, Resource: '*' }] },
  ],
);
