/**
 * Regions in which accounts have fewer requests of API Gateway at first.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const SMALL_REGIONS: ReadonlySet<string> = new Set([
  ...['af-south-1', 'ap-south-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-7'],
  ...['ca-west-1', 'eu-central-2', 'eu-south-1', 'eu-south-2', 'il-central-1', 'me-central-1', 'mx-central-1'],
]);

/** Requests a second that an account may make of API Gateway at first. Of a region that is not known yet, as in most. */
export function defaultRequestQuota(region: string): number {
  return SMALL_REGIONS.has(region) ? 2_500 : 10_000;
}

/**
 * Posts a second of one worker: one vCPU makes over twice as many, and Lambda is paid for while it waits. More workers than the
 * quota feeds would wait for their turns, all at the same time.
 */
const POSTS_PER_WORKER = 4_000;
/**
 * What Lambda takes as the maximum concurrency of a queue.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const CONCURRENCY = { least: 2, most: 1_000 };

/** How many workers of the fan-out queue run at once. */
export function fanoutWorkers(requestQuota: number): number {
  return Math.min(CONCURRENCY.most, Math.max(CONCURRENCY.least, Math.ceil(requestQuota / POSTS_PER_WORKER)));
}
