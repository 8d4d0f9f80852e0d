// Physical names: regions of a network, and its tools, refer to each other's resources by name (docs/decisions/0012-many-regions.md).

/** A resource of a network that is referred to by name. */
export type NetworkPart =
  | 'messages'
  | 'channels'
  | 'connections'
  | 'inbox'
  // Not `tokens`: Secrets Manager appends a hyphen and six characters to the name in an ARN, and so would find another secret.
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
  | 'token-key'
  | 'publish'
  | 'drain';

/** Region of Route 53's health check metrics, and of alarms on them. */
export const ROUTING_REGION = 'us-east-1';

/** Partition of {@link ROUTING_REGION}. */
export const ROUTING_PARTITION = 'aws';

/** First label of the host names of a region's WebSocket and HTTP API. API Gateway can't serve both from one domain name. */
export type Host = 'ws' | 'http';

/** Name of a network. The shortest limit on a name made of it is that of functions, 64 characters. */
export const NETWORK_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9-]{0,47}$/;

/** Physical name of a part: the same in every region, since AWS resource names are regional. */
export function partName(network: string, part: NetworkPart): string {
  return `${network}-${part}`;
}

/**
 * Name of a stack of a network.
 *
 * @param stack `global`, `routing`, or a region
 */
export function stackName(network: string, stack: string): string {
  return `${network}-${stack}`;
}

/** Host name that resolves to the nearest healthy region: `ws.<domain>`. */
export function sharedHost(domain: string, host: Host): string {
  return `${host}.${domain}`;
}

/** Host name of one region: `ws-<region>.<domain>`. */
export function regionalHost(domain: string, host: Host, region: string): string {
  return `${host}-${region}.${domain}`;
}

/**
 * Host name that a region's latency record of the shared name is an alias of. It can't be the regional host: an API Gateway endpoint
 * is documented to answer only for its own domain name.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html
 */
export function entryHost(domain: string, host: Host, region: string): string {
  return `${host}-entry-${region}.${domain}`;
}
