// What a function's bundle may weigh and be made of. Every kilobyte is read, compiled and run at a cold start, which a client waits
// for. Budgets are a tenth above what stood when they were set: growth by a feature is raised here, and reasoned in the commit.

export interface Budget {
  readonly kilobytes: number;
  /** npm packages that something of is in the bundle: all, and no others. */
  readonly packages: readonly string[];
}

/** What every client of the SDK is made of. */
const SDK = [
  '@aws-sdk/core',
  '@aws-sdk/credential-provider-env',
  '@aws/lambda-invoke-store',
  '@smithy/core',
  '@smithy/node-http-handler',
  '@smithy/signature-v4',
  '@smithy/types',
];
const DYNAMODB = [
  ...SDK,
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/lib-dynamodb',
  '@aws-sdk/util-dynamodb',
  '@aws-sdk/dynamodb-codec',
  // Endpoint discovery, which the DynamoDB client brings and nobody turns on.
  '@aws-sdk/middleware-endpoint-discovery',
  '@aws-sdk/endpoint-cache',
  'mnemonist',
  'obliterator',
];
const SQS = ['@aws-sdk/client-sqs', '@aws-sdk/middleware-sdk-sqs'];
/** Posts go by a client of our own; the SDK's is for CALLBACK_CLIENT=sdk (docs/decisions/0015). */
const POSTING = ['@aws-sdk/client-apigatewaymanagementapi'];
const LOG = ['@aws-lambda-powertools/logger', '@aws-lambda-powertools/commons'];
const TOKENS = ['@aws-sdk/client-secrets-manager', 'jose'];

export const BUDGETS: Readonly<Record<string, Budget>> = {
  authorizer: { kilobytes: 230, packages: [...SDK, ...LOG, ...TOKENS] },
  connect: { kilobytes: 233, packages: DYNAMODB },
  disconnect: { kilobytes: 256, packages: [...DYNAMODB, ...LOG] },
  drain: { kilobytes: 301, packages: [...DYNAMODB, ...LOG, ...POSTING] },
  fanout: { kilobytes: 346, packages: [...DYNAMODB, ...LOG, ...POSTING, ...SQS] },
  health: { kilobytes: 285, packages: [...DYNAMODB, ...LOG, ...SQS] },
  inbox: { kilobytes: 343, packages: [...DYNAMODB, ...LOG, ...POSTING, ...SQS] },
  message: { kilobytes: 378, packages: [...DYNAMODB, ...LOG, ...POSTING, ...SQS] },
  publish: { kilobytes: 407, packages: [...DYNAMODB, ...LOG, ...POSTING, ...SQS, ...TOKENS] },
  writer: { kilobytes: 358, packages: [...DYNAMODB, ...LOG, ...POSTING, ...SQS] },
};
