import { Stage } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';
import { NETWORK_NAME_PATTERN, partName, regionalHost, ROUTING_PARTITION, ROUTING_REGION } from './contract/names';
import { MAX_NAMESPACES_BYTES } from './namespace-checks';
import { checkBackend, checkPositiveInteger, checkThrottle, TABLE_NAME_PATTERN } from './realtime-api-checks';
import type { RealtimeNetworkProps, RealtimeRegionOptions } from './realtime-network-props';
import { isKnown, type PropCheck } from './util/prop-check';

/** `eu-west-1`, `us-gov-west-1`, `eusc-de-east-1`. */
const REGION_PATTERN = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;
/** https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html */
const MULTI_REGION_KEY_PATTERN = /^mrk-[0-9a-f]{32}$/;

/** Checks the props of a network. */
export function checkNetwork(check: PropCheck, network: Construct, name: string, props: RealtimeNetworkProps): void {
  // In JavaScript it may be undefined.
  const regions = (props.regions as string[] | undefined) ?? [];
  checkRegions(check, 'regions', regions);
  checkRegions(check, 'formerRegions', props.formerRegions ?? []);
  checkPlacement(check, network, regions, props.formerRegions ?? []);
  check.require(isKnown(name) && NETWORK_NAME_PATTERN.test(name), {
    prop: 'networkName',
    rule: 'must be 1 to 48 of A-Z, a-z, 0-9 and -, and begin with a letter',
    got: name,
    fix: 'It is derived from the construct path by default; physical names in AWS begin with it.',
  });
  checkBackend(check, props, MAX_NAMESPACES_BYTES - bytesOfRegions(regions, name, props));
  checkDomain(check, regions, props);
  checkResources(check, props);
  checkOptions(check, regions, props);
}

/** Checks one list of region names. */
function checkRegions(check: PropCheck, prop: 'regions' | 'formerRegions', regions: readonly string[]): void {
  const example = "For example `['eu-west-1', 'us-east-1']`.";
  check.require(prop === 'formerRegions' || regions.length > 0, {
    prop,
    rule: 'must contain at least one region',
    got: regions,
    fix: example,
  });
  check.require(new Set(regions).size === regions.length, {
    prop,
    rule: 'must contain each region once',
    got: regions,
    fix: example,
  });
  for (const [index, region] of regions.entries()) {
    check.require(isKnown(region) && REGION_PATTERN.test(region), {
      prop: `${prop}[${index}]`,
      rule: 'must be the name of an AWS region, known at synthesis',
      got: region,
      fix: 'Names and addresses contain it: use a literal such as `eu-west-1`.',
    });
  }
}

/** Checks the regions against each other, and against the stage of the network. */
function checkPlacement(
  check: PropCheck,
  network: Construct,
  regions: readonly string[],
  formerRegions: readonly string[],
): void {
  const partitions = partitionsOf(regions);
  check.require(partitions.length <= 1, {
    prop: 'regions',
    rule: 'must be in one partition',
    got: partitions,
    fix: 'Accounts and tables do not span partitions.',
  });
  const both = formerRegions.filter((region) => regions.includes(region));
  check.require(both.length === 0, {
    prop: 'formerRegions',
    rule: 'must not contain regions of the network',
    got: both,
    fix: 'Remove them from one of the two lists.',
  });
  const stage = Stage.of(network)?.region;
  check.require(stage === undefined || !isKnown(stage) || regions.includes(stage), {
    prop: 'regions',
    rule: `must include the region of the network's Stage, ${stage}`,
    got: regions,
    fix: "Omit the region in the Stage's env: each stack has its own.",
  });
}

/** The partitions of regions, as far as the CDK knows them. */
function partitionsOf(regions: readonly string[]): readonly string[] {
  return [...new Set(regions.flatMap((region) => (isKnown(region) ? (RegionInfo.get(region).partition ?? []) : [])))];
}

function checkDomain(check: PropCheck, regions: readonly string[], props: RealtimeNetworkProps): void {
  const { domain, routingAlarms } = props;
  domain?._check(check, 'domain');
  const otherPartitions = partitionsOf(regions).filter((partition) => partition !== ROUTING_PARTITION);
  check.require(domain === undefined || otherPartitions.length === 0, {
    prop: 'domain',
    rule: `must be omitted in partitions without ${ROUTING_REGION}`,
    got: otherPartitions[0],
    fix: 'Its health checks and hosted zone need that region. Configure clients with `fallbackUrls` instead.',
  });
  routingAlarms?._check(check, 'routingAlarms', [ROUTING_REGION]);
  check.require(routingAlarms === undefined || domain !== undefined, {
    prop: 'routingAlarms',
    rule: 'must be used with a `domain`',
    got: 'none',
    fix: 'Without one there are no health checks.',
  });
}

/** Checks the key and the tables that the network uses. */
function checkResources(check: PropCheck, { encryptionKeyId, tables }: RealtimeNetworkProps): void {
  const isKeyId =
    encryptionKeyId === undefined || (isKnown(encryptionKeyId) && MULTI_REGION_KEY_PATTERN.test(encryptionKeyId));
  check.require(isKeyId, {
    prop: 'encryptionKeyId',
    rule: 'must be the id of a multi-Region key, known at synthesis',
    got: encryptionKeyId,
    fix: 'Create a multi-Region key with a replica in each region, and use its id as a literal: `mrk-…`.',
  });
  for (const [prop, table] of Object.entries(tables ?? {})) {
    check.require(isKnown(table) && TABLE_NAME_PATTERN.test(String(table)), {
      prop: `tables.${prop}`,
      rule: 'must be the name of a table, known at synthesis',
      got: table,
      fix: 'It is the same in every region.',
    });
  }
}

function checkOptions(
  check: PropCheck,
  regions: readonly string[],
  { defaults = {}, overrides = {}, domain }: RealtimeNetworkProps,
): void {
  const regionsWithDefaults = regions.filter((region) => overrides[region]?.alarms === undefined);
  checkRegionOptions(check, 'defaults', defaults, regionsWithDefaults);
  checkCertificate(check, { prop: 'defaults', options: defaults, region: undefined, hasDomain: domain !== undefined });
  for (const [region, options] of Object.entries(overrides)) {
    const prop = `overrides.${region}`;
    check.require(regions.includes(region), {
      prop,
      rule: 'must be for a region of the network',
      got: region,
      fix: `The network has ${regions.join(', ')}.`,
    });
    checkRegionOptions(check, prop, options, [region]);
    checkCertificate(check, { prop, options, region, hasDomain: domain !== undefined });
  }
}

/** @param alarmRegions regions that the options' alarms are created in */
function checkRegionOptions(
  check: PropCheck,
  prop: string,
  options: RealtimeRegionOptions,
  alarmRegions: readonly string[],
): void {
  checkThrottle(check, `${prop}.throttle`, options.throttle);
  options.alarms?._check(check, `${prop}.alarms`, alarmRegions);
  checkPositiveInteger(check, `${prop}.requestQuota`, options.requestQuota);
  checkPositiveInteger(check, `${prop}.connectQuota`, options.connectQuota);
  checkPositiveInteger(check, `${prop}.expectedConnections`, options.expectedConnections);
}

interface CertificateLocation {
  /** Path of the options in the construct's props. */
  readonly prop: string;
  readonly options: RealtimeRegionOptions;
  /** Region of the options; undefined for those of all regions. */
  readonly region: string | undefined;
  readonly hasDomain: boolean;
}

function checkCertificate(check: PropCheck, { prop, options, region, hasDomain }: CertificateLocation): void {
  const { certificateArn: arn } = options;
  if (arn === undefined) return;
  const isOfRegion = region !== undefined && isKnown(arn) && arn.startsWith('arn:') && arn.split(':')[3] === region;
  check.require(isOfRegion, {
    prop: `${prop}.certificateArn`,
    rule: "must be the ARN of a certificate in the override's own region",
    got: arn,
    fix: 'API Gateway accepts only certificates of its own region.',
  });
  check.require(hasDomain, {
    prop: `${prop}.certificateArn`,
    rule: 'must be used with a `domain`',
    got: arn,
    fix: 'Set `domain` too.',
  });
}

/**
 * Approximate size of the variables that contain all regions, which share a function's environment with the namespaces. Account ids
 * have 12 digits. Bytes.
 */
function bytesOfRegions(regions: readonly string[], name: string, { domain }: RealtimeNetworkProps): number {
  const entries = regions.map((region) => {
    const inbox = `"${region}":"https://sqs.${region}.amazonaws.com/111122223333/${partName(name, 'inbox')}",`;
    const host = domain === undefined ? '' : `"${region}":"wss://${regionalHost(domain.domainName, 'ws', region)}",`;
    return `${inbox}${host}${region},`;
  });
  return Buffer.byteLength(entries.join(''));
}
