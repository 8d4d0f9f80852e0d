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
