/**
 * Regions in which the default quota of API Gateway requests is lower.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const SMALL_REGIONS: ReadonlySet<string> = new Set([
  'af-south-1',
  'ap-south-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-south-1',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'mx-central-1',
]);

/** Default quota of API Gateway requests a second in a region. For a region that is a token, that of most regions. */
export function defaultRequestQuota(region: string): number {
  return SMALL_REGIONS.has(region) ? 2_500 : 10_000;
}

/**
 * Posts a second for each fan-out worker. One vCPU can make more than twice as many, but workers above what the quota allows would
 * wait for it, and Lambda bills waiting.
 */
const POSTS_PER_WORKER = 4_000;
/**
 * Bounds of the maximum concurrency of a queue's event source mapping.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const CONCURRENCY = { min: 2, max: 1_000 };

/** Maximum number of fan-out workers that run at the same time. */
export function fanoutWorkers(requestQuota: number): number {
  return Math.min(CONCURRENCY.max, Math.max(CONCURRENCY.min, Math.ceil(requestQuota / POSTS_PER_WORKER)));
}
