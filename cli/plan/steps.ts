// What has to be done, in which order, to get from the regions that are deployed to those that are wanted. Nothing is read here,
// and nothing is done.
import { HEALTH_PATH } from '../../lib/contract/http-routes';
import { partName, regionalHost, ROUTING_REGION, stackName } from '../../lib/contract/names';
import { RealtimeError } from '../../protocol';
import type { WantedNetwork } from './wanted';

/** One thing to do, or to wait for. */
export interface Step {
  readonly what: string;
  /** What `RealtimeNetwork` is given in the code from now on. */
  readonly props?: { readonly regions: readonly string[]; readonly formerRegions: readonly string[] };
  /** What to run, in this order, once the code is changed. */
  readonly commands: readonly string[];
}

/** The way from some regions to others. */
export interface Plan {
  readonly network: string;
  /** What is deployed; nothing before the first deploy. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly steps: readonly Step[];
}

/**
 * The steps, one region a deploy: an update of CloudFormation can add or remove one replica of a global table. Those that
 * come are added before others go, so that clients have where to move.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html#cfn-dynamodb-globaltable-replicas
 * @param from the regions that are deployed, the first one first; none before the first deploy
 * @param marked the regions that have a drain mark; undefined when nobody knows
 * @throws RealtimeError plan_impossible
 */
export function planFrom(from: readonly string[], network: WantedNetwork, marked?: readonly string[]): Plan {
  const { name, regions: to } = network;
  const whole = { network: name, from, to };
  const [home = ''] = to;
  const [oldHome] = from;
  if (oldHome === undefined) return { ...whole, steps: firstDeploy(network) };
  if (oldHome !== home) {
    throw new RealtimeError('plan_impossible', `${name} has its home in ${oldHome}, and the assembly in ${home}.`);
  }
  const added = to.filter((region) => !from.includes(region));
  const removed = from.filter((region) => !to.includes(region));
  const changes = [...added, ...removed];
  const steps: Step[] = [
    ...leftovers(network, from, marked),
    ...(added.length === 0 ? [] : [bootstrap(network, added)]),
  ];
  let current = from;
  let former = network.formerRegions.filter((one) => !from.includes(one));
  for (const [index, region] of changes.entries()) {
    const isNew = added.includes(region);
    const before = current;
    const members = new Set(isNew ? [...current, region] : current.filter((one) => one !== region));
    // In the order of the code that is wanted, and after that what is still to be removed.
    current = [...new Set([...to, ...from])].filter((one) => members.has(one));
    if (!isNew) former = [...former, region];
    const change = { network, region, before, regions: current, formerRegions: former };
    const title = `Deploy ${index + 1} of ${changes.length}`;
    steps.push(...(isNew ? addition(change, title) : removal(change, title)));
  }
  return { ...whole, steps: [...steps, ...forgetting(network, current, former)] };
}

/** A change of one region. */
interface Change {
  readonly network: WantedNetwork;
  readonly region: string;
  /** The regions that there are before. */
  readonly before: readonly string[];
  readonly regions: readonly string[];
  readonly formerRegions: readonly string[];
}

/** A table that is new takes any number of replicas. */
function firstDeploy(network: WantedNetwork): readonly Step[] {
  const { name, path, regions, formerRegions, ownsZone } = network;
  const [home = ''] = regions;
  const delegation: Step = {
    what:
      'Deploy the hosted zone, and enter its name servers where the domain is registered, or as NS record in the zone above: ' +
      'certificates are validated through it. Write its id into the code, as `hostedZoneId` of RealtimeDomain.newZone.',
    commands: [
      `npx cdk deploy '${path}/Global'`,
      `aws cloudformation describe-stacks --region ${home} --stack-name ${stackName(name, 'global')} ` +
        `--query "Stacks[0].Outputs[].[OutputKey,OutputValue]" --output text`,
    ],
  };
  return [
    bootstrap(network, regions),
    ...(ownsZone ? [delegation] : []),
    {
      what: 'Deploy all regions at once: only later they come and go one by one.',
      props: { regions, formerRegions },
      commands: [deploy(network)],
    },
  ];
}

function bootstrap({ account, domain }: WantedNetwork, regions: readonly string[]): Step {
  const all = new Set([...regions, ...(domain === undefined ? [] : [ROUTING_REGION])]);
  const where = account ?? '$(aws sts get-caller-identity --query Account --output text)';
  return {
    what: 'Bootstrap where that was not done yet; doing it again does no harm.',
    commands: [...all].map((region) => `npx cdk bootstrap aws://${where}/${region}`),
  };
}

/** A plan may have been broken off after a region's replica was gone: nothing else tells what is left of it. */
function leftovers(
  network: WantedNetwork,
  from: readonly string[],
  marked: readonly string[] | undefined,
): readonly Step[] {
  const [home = ''] = from;
  const { tables } = network;
  const isGone = (region: string): boolean => !from.includes(region);
  const former = network.formerRegions.filter(isGone);
  const checks = former.map((region): Step => {
    const replicas = tables.names.map((table) => updateReplicas(home, table, 'Delete', region));
    const isMarked = marked?.includes(region) ?? true;
    return {
      what: `Check that nothing is left of ${region}, which has left. What was done already does no harm, or is refused.`,
      props: { regions: from, formerRegions: former },
      commands: [
        deploy(network),
        ...(tables.areOwn ? [] : replicas),
        ...deleteStack(network, region),
        ...(isMarked ? [bringBack(network, region, [...from, region])] : []),
      ],
    };
  });
  const strays = (marked ?? []).filter((region) => isGone(region) && !former.includes(region));
  const unmark: Step = {
    what: `Remove the drain marks that were left behind: ${strays.join(', ')} would be out of service in this network.`,
    commands: strays.map((region) => bringBack(network, region, [...from, region])),
  };
  return [...checks, ...(strays.length === 0 ? [] : [unmark])];
}

function addition({ network, region, regions, formerRegions }: Change, title: string): readonly Step[] {
  const { name, domain, tables, encryptionKeyId } = network;
  const [home = ''] = regions;
  const key: Step = {
    what: `Replicate the key to ${region}, from where its primary is, with a policy that leaves rights to IAM.`,
    commands: [`aws kms replicate-key --region ${home} --key-id ${encryptionKeyId ?? ''} --replica-region ${region}`],
  };
  const replicas: Step = {
    what: `Add replicas in ${region} to the tables that you brought along.`,
    commands: tables.names.flatMap((table) => [
      updateReplicas(home, table, 'Create', region),
      `aws dynamodb wait table-exists --region ${region} --table-name ${table}`,
    ]),
  };
  const check: Step =
    domain === undefined
      ? {
          what: 'Give clients its WebSocket address, as one of their fallbackUrls.',
          commands: [
            `aws cloudformation describe-stacks --region ${region} --stack-name ${stackName(name, region)} --query "Stacks[0].Outputs"`,
          ],
        }
      : {
          what: 'See that it serves. Route 53 leads clients there by itself, as soon as it does.',
          commands: [`curl -fsS https://${regionalHost(domain, 'http', region)}${HEALTH_PATH}`],
        };
  return [
    ...(encryptionKeyId === undefined ? [] : [key]),
    ...(tables.areOwn ? [] : [replicas]),
    {
      what: `${title}: add ${region}, and change nothing else. Copying a large table takes hours.`,
      props: { regions, formerRegions },
      commands: [deploy(network)],
    },
    check,
  ];
}

/** Its stack goes last: until the routing stack is deployed, there are records that lead to those in it. */
function removal({ network, region, before, regions, formerRegions }: Change, title: string): readonly Step[] {
  const { name, domain, tables } = network;
  const [home = ''] = regions;
  const addresses: Step = {
    what: `Take the addresses of ${region} from clients: without a domain it can't tell them where to go.`,
    commands: [],
  };
  const unprotect: Step = {
    what: `Let the replicas in ${region} be deleted.`,
    commands: tables.names.map(
      (table) => `aws dynamodb update-table --region ${region} --table-name ${table} --no-deletion-protection-enabled`,
    ),
  };
  const replicas: Step = {
    what: `Remove the replicas in ${region} from the tables that you brought along.`,
    commands: tables.names.map((table) => updateReplicas(home, table, 'Delete', region)),
  };
  return [
    ...(domain === undefined ? [addresses] : []),
    {
      what: `Drain ${region}. Servers that publish to its own address have to go elsewhere, too.`,
      // Without a domain, those that come meanwhile have nowhere else to go.
      commands: [`npx cdk-realtime drain ${memberOf(network, region, before)}${domain === undefined ? ' --once' : ''}`],
    },
    {
      what:
        'Wait until it has no connections: two hours at most, since API Gateway ends them then. What was published there has ' +
        'reached the other regions some seconds later.',
      commands: [
        `aws lambda invoke --region ${region} --function-name ${partName(name, 'drain')} --cli-binary-format raw-in-base64-out ` +
          `--payload '{"count":true}' /dev/stdout`,
      ],
    },
    ...(tables.areProtected ? [unprotect] : []),
    {
      what: `${title}: remove ${region}, and change nothing else. formerRegions keeps what was published there readable.`,
      props: { regions, formerRegions },
      commands: [deploy(network)],
    },
    ...(tables.areOwn ? [] : [replicas]),
    {
      what: `Delete the stack of ${region}: the app has it no more, so that the CDK leaves it alone.`,
      commands: deleteStack(network, region),
    },
    {
      what: 'Remove its drain mark, so that it is in service if it ever comes back.',
      commands: [bringBack(network, region, before)],
    },
  ];
}

/** The log of a region that has left is read until its last message has expired. */
function forgetting(network: WantedNetwork, regions: readonly string[], former: readonly string[]): readonly Step[] {
  if (former.length === 0) return [];
  return [
    {
      what:
        `Once nothing that was published in ${former.join(', ')} is kept any more, ` +
        `${inWords(network.retention)} after its stack was deleted (connections publish there until then): forget it.`,
      props: { regions, formerRegions: [] },
      commands: [deploy(network)],
    },
  ];
}

function deleteStack({ name }: WantedNetwork, region: string): readonly string[] {
  return ['delete-stack', 'wait stack-delete-complete'].map(
    (what) => `aws cloudformation ${what} --region ${region} --stack-name ${stackName(name, region)}`,
  );
}

function bringBack(network: WantedNetwork, region: string, regions: readonly string[]): string {
  return `npx cdk-realtime return ${memberOf(network, region, regions)}`;
}

/** How `drain` and `return` are told a region, of those that there are. */
function memberOf({ name, tables }: WantedNetwork, region: string, regions: readonly string[]): string {
  const [, channelsTable] = tables.names;
  const brought = channelsTable === partName(name, 'channels') ? '' : ` --channels-table ${channelsTable}`;
  return `${region} --network ${name} --regions ${regions.join(',')}${brought}`;
}

/** By construct path, which the CDK finds in a Stage, too. */
function deploy({ path }: WantedNetwork): string {
  return `npx cdk deploy '${path}/*'`;
}

/** One call, one replica: DynamoDB has the same limit. */
function updateReplicas(home: string, table: string, action: 'Create' | 'Delete', region: string): string {
  const updates = JSON.stringify([{ [action]: { RegionName: region } }]);
  return `aws dynamodb update-table --region ${home} --table-name ${table} --replica-updates '${updates}'`;
}

function inWords(seconds: number): string {
  const [count, unit] = seconds % 86_400 === 0 ? [seconds / 86_400, 'day'] : [Math.ceil(seconds / 3_600), 'hour'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
