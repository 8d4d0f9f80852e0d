// AWS's price of each unit: us-east-1, on demand, first tier, without the free tier. Dollars. Used for all regions.
import type { Usage } from '../../local';

/** A service and a unit of it. */
export type Unit = {
  [Service in Usage['service']]: `${Service} ${Extract<Usage, { service: Service }>['unit']}`;
}[Usage['service']];

const MILLION = 1e6;
const GB = 1e9;
const GB_SECOND_MS = 1_000;

export const PRICES: Readonly<Record<Unit, number>> = {
  // https://aws.amazon.com/api-gateway/pricing/: up to a billion messages a month ($0.80 a million above), 300 million requests
  'apigateway WebSocket messages': 1 / MILLION,
  'apigateway connection minutes': 0.25 / MILLION,
  'apigateway HTTP API requests': 1 / MILLION,
  // https://aws.amazon.com/dynamodb/pricing/on-demand/: since November 2024 a replicated write costs in each region what another does
  'dynamodb write request units': 0.625 / MILLION,
  'dynamodb replicated write request units': 0.625 / MILLION,
  'dynamodb read request units': 0.125 / MILLION,
  // https://aws.amazon.com/lambda/pricing/
  'lambda requests': 0.2 / MILLION,
  'lambda arm64 GB-ms': 0.0000133334 / GB_SECOND_MS,
  'lambda x86_64 GB-ms': 0.0000166667 / GB_SECOND_MS,
  // https://aws.amazon.com/sqs/pricing/
  'sqs requests': 0.4 / MILLION,
  'sqs FIFO requests': 0.5 / MILLION,
  // https://aws.amazon.com/secrets-manager/pricing/: $0.05 for 10,000
  'secretsmanager API calls': 5 / MILLION,
  // https://aws.amazon.com/cloudwatch/pricing/: custom logs, standard class
  'logs bytes ingested': 0.5 / GB,
  // https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer: up to 10 TB a month; and to any other region
  'datatransfer bytes to the internet': 0.09 / GB,
  'datatransfer bytes to other regions': 0.02 / GB,
};
