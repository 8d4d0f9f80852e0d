import { Stage } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';
import type { RealtimeNetworkProps } from './realtime-network-props';
import { checkBackend, checkNumber, checkThrottle } from './realtime-api-checks';
import { NETWORK_NAME_PATTERN, partName, regionalHost, ROUTING_PARTITION, ROUTING_REGION } from './contract/names';
import { MAX_NAMESPACES_BYTES } from './namespace-checks';
import { isKnown, type PropCheck } from './util/prop-check';

/** `eu-west-1`, `us-gov-west-1`, `eusc-de-east-1`. */
const REGION_RULE = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;
/** https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html */
const MULTI_REGION_KEY_RULE = /^mrk-[0-9a-f]{32}$/;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const TABLE_RULE = /^[A-Za-z0-9_.-]{3,255}$/;

/** Notes everything that is wrong with the props of a network. */
export function checkNetwork(check: PropCheck, network: Construct, name: string, props: RealtimeNetworkProps): void {
  // Without types, nothing at all gets here too.
  const regions = (props.regions as string[] | undefined) ?? [];
  checkRegions(check, network, regions, props.formerRegions ?? []);
  check.check(
    isKnown(name) && NETWORK_NAME_PATTERN.test(name),
    'networkName',
    'must be 1 to 48 of A-Z, a-z, 0-9 and -, and begin with a letter',
    name,
    'It is made of the construct path unless you give one; every name in AWS begins with it.',
  );
  checkBackend(check, props, MAX_NAMESPACES_BYTES - bytesOfRegions(regions, name, props));
  props.domain?._check(check, 'domain');
  const elsewhere = partitionsOf(regions).filter((partition) => partition !== ROUTING_PARTITION);
  check.check(
    props.domain === undefined || elsewhere.length === 0,
    'domain',
    `must be left out where ${ROUTING_REGION} is out of reach`,
    elsewhere[0],
    'Its health checks and zone need that region. Clients find the others by `fallbackUrls`.',
  );
  const { encryptionKeyId, tables } = props;
  check.check(
    encryptionKeyId === undefined || (isKnown(encryptionKeyId) && MULTI_REGION_KEY_RULE.test(encryptionKeyId)),
    'encryptionKeyId',
    'must be the id of a multi-Region key, known at synth',
    encryptionKeyId,
    'Make a multi-Region key with a replica in each region, and write its id down: `mrk-…`.',
  );
  for (const [prop, table] of Object.entries(tables ?? {})) {
    const ok = isKnown(table) && TABLE_RULE.test(String(table));
    check.check(
      ok,
      `tables.${prop}`,
      'must be the name of a table, known at synth',
      table,
      'It is the same in every region.',
    );
  }
  checkOptions(check, regions, props);
  const { domain, routingAlarms } = props;
  routingAlarms?._check(check, 'routingAlarms', [ROUTING_REGION]);
  check.check(
    routingAlarms === undefined || domain !== undefined,
    'routingAlarms',
    'must go with a `domain`',
    'none',
    'Without one there are no health checks.',
  );
}

function checkRegions(
  check: PropCheck,
  network: Construct,
  regions: readonly string[],
  former: readonly string[],
): void {
  const example = "For example `['eu-west-1', 'us-east-1']`.";
  check.check(regions.length > 0, 'regions', 'must name at least one region', regions, example);
  for (const [prop, list] of Object.entries({ regions, formerRegions: former })) {
    check.check(new Set(list).size === list.length, prop, 'must name each region once', list, example);
    for (const [index, region] of list.entries()) {
      const rule = 'must be the name of an AWS region, known at synth';
      const fix = 'Names and addresses of all regions are made of it: write it down, as in `eu-west-1`.';
      check.check(isKnown(region) && REGION_RULE.test(region), `${prop}[${index}]`, rule, region, fix);
    }
  }
  const partitions = partitionsOf(regions);
  const onePartition = 'must be of one partition';
  check.check(partitions.length <= 1, 'regions', onePartition, partitions, 'Accounts and tables end at its border.');
  const both = former.filter((region) => regions.includes(region));
  const left = 'must name regions that have left the network';
  check.check(both.length === 0, 'formerRegions', left, both, 'Take them out of one of the two.');
  const stage = Stage.of(network)?.region;
  check.check(
    stage === undefined || !isKnown(stage) || regions.includes(stage),
    'regions',
    `must include the region of the Stage that it stands in, ${stage}`,
    regions,
    "Leave the region out of the Stage's env: each stack has its own.",
  );
}

/** The partitions of regions, as far as they are known. */
function partitionsOf(regions: readonly string[]): readonly string[] {
  return [...new Set(regions.flatMap((region) => (isKnown(region) ? (RegionInfo.get(region).partition ?? []) : [])))];
}

function checkOptions(
  check: PropCheck,
  regions: readonly string[],
  { defaults = {}, overrides = {}, domain }: RealtimeNetworkProps,
): void {
  const groups = [
    ['defaults', undefined, defaults] as const,
    ...Object.entries(overrides).map(([region, options]) => [`overrides.${region}`, region, options] as const),
  ];
  for (const [prop, region, options] of groups) {
    const rule = 'must be for a region of the network';
    check.check(region === undefined || regions.includes(region), prop, rule, region, `It has ${regions.join(', ')}.`);
    checkThrottle(check, `${prop}.throttle`, options.throttle);
    const those = region === undefined ? regions.filter((one) => overrides[one]?.alarms === undefined) : [region];
    options.alarms?._check(check, `${prop}.alarms`, those);
    const fix = 'Leave it out for the default.';
    checkNumber(check, `${prop}.requestQuota`, options.requestQuota, { whole: true, fix });
    checkNumber(check, `${prop}.connectQuota`, options.connectQuota, { whole: true, fix });
    checkNumber(check, `${prop}.expectedConnections`, options.expectedConnections, { whole: true, fix });
    const { certificateArn: arn } = options;
    if (arn === undefined) continue;
    check.check(
      region !== undefined && isKnown(arn) && arn.startsWith('arn:') && arn.split(':')[3] === region,
      `${prop}.certificateArn`,
      "must be the ARN of a certificate in the override's own region",
      arn,
      'API Gateway takes certificates of its own region only.',
    );
    check.check(domain !== undefined, `${prop}.certificateArn`, 'must go with a `domain`', arn, 'Give the domain.');
  }
}

/** What the variables that name all regions take of a function's environment, about; account ids have 12 digits. */
function bytesOfRegions(regions: readonly string[], name: string, { domain }: RealtimeNetworkProps): number {
  const entries = regions.map((region) => {
    const inbox = `"${region}":"https://sqs.${region}.amazonaws.com/111122223333/${partName(name, 'inbox')}",`;
    const host = domain === undefined ? '' : `"${region}":"wss://${regionalHost(domain.domainName, 'ws', region)}",`;
    return `${inbox}${host}${region},`;
  });
  return Buffer.byteLength(entries.join(''));
}
