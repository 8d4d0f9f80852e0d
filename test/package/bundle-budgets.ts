// Largest size and npm packages of each function's bundle. A cold start reads, compiles and runs every kilobyte while a client waits.
// A budget is a tenth above the size at which it was set. A feature that needs more raises it here, with the reason in the commit.

export interface Budget {
  readonly kilobytes: number;
  /** The npm packages in the bundle: exactly these. */
  readonly packages: readonly string[];
}

/** Packages of every SDK client. */
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
  // Endpoint discovery: imported by the DynamoDB client, never enabled.
  '@aws-sdk/middleware-endpoint-discovery',
  '@aws-sdk/endpoint-cache',
  'mnemonist',
  'obliterator',
];
const SQS = ['@aws-sdk/client-sqs', '@aws-sdk/middleware-sdk-sqs'];
/** The SDK's client of posts, used with CALLBACK_CLIENT=sdk only (docs/decisions/0015). */
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
