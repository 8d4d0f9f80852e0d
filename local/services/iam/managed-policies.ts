// AWS's own managed policies that functions' roles have: as much of each as concerns what is emulated.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html

/** Names, after `arn:aws:iam::aws:policy/`, to the actions that they allow, on every resource. */
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

/** Their documents, by ARN. */
export const AWS_MANAGED_POLICIES: readonly (readonly [arn: string, document: object])[] = Object.entries(ACTIONS).map(
  ([name, Action]) => [
    `arn:aws:iam::aws:policy/${name}`,
    { Statement: Action.length === 0 ? [] : [{ Effect: 'Allow', Action, Resource: '*' }] },
  ],
);
