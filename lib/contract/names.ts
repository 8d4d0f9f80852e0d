/** What other regions of a network, or its tools, know by name only (docs/decisions/0012-many-regions.md). */
export type NetworkPart =
  | 'messages'
  | 'channels'
  | 'connections'
  | 'inbox'
  // Not `tokens`: Secrets Manager takes a hyphen and six characters at the end for what it adds itself to an ARN.
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
  | 'token-key'
  | 'publish'
  | 'drain';

/** Where Route 53 has its health check metrics, and alarms on them. */
export const ROUTING_REGION = 'us-east-1';

/** The only partition that has it. */
export const ROUTING_PARTITION = 'aws';

/** The two APIs of a region: API Gateway can't put both on one domain name. */
export type Host = 'ws' | 'http';

/** What a network may be called: every name that is made of it fits, 64 characters of a function's being the fewest. */
export const NETWORK_RULE = /^[A-Za-z][A-Za-z0-9-]{0,47}$/;

/** The physical name of a part: the same in every region, since AWS's names are regional. */
export function partName(network: string, part: NetworkPart): string {
  return `${network}-${part}`;
}

/** The name of a network's stack: `global`, `routing`, or that of a region. */
export function stackName(network: string, stack: string): string {
  return `${network}-${stack}`;
}

/** Where clients find the nearest region: `ws.<domain>`. */
export function sharedHost(domain: string, host: Host): string {
  return `${host}.${domain}`;
}

/** Where clients find one region: `ws-<region>.<domain>`. */
export function regionalHost(domain: string, host: Host, region: string): string {
  return `${host}-${region}.${domain}`;
}

/**
 * Where the latency record of a region leads. An API Gateway endpoint is documented to answer for its own domain name only, so
 * the shared name can't lead to the endpoint of the regional one.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html
 */
export function entryHost(domain: string, host: Host, region: string): string {
  return `${host}-entry-${region}.${domain}`;
}
