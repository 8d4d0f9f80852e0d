// The steps from the deployed regions to those of the app. This module is pure: it reads nothing, and changes nothing.
import { HEALTH_PATH } from '../../lib/contract/http-routes';
import { partName, regionalHost, ROUTING_REGION, stackName } from '../../lib/contract/names';
import { RealtimeError } from '../../protocol';
import type { WantedNetwork } from './wanted';

/** A step of a plan: a task, or something to wait for. */
export interface Step {
  /** Description. */
  readonly what: string;
  /** Props of `RealtimeNetwork` in the code, from this step on. @default - unchanged */
  readonly props?: { readonly regions: readonly string[]; readonly formerRegions: readonly string[] };
  /** Commands to run in this order, after the change of the code. */
  readonly commands: readonly string[];
}

/** The steps from some regions to others. */
export interface Plan {
  readonly network: string;
  /** Deployed regions; none before the first deploy. */
  readonly from: readonly string[];
  /** Regions of the app. */
  readonly to: readonly string[];
  readonly steps: readonly Step[];
}

/**
 * Plans one region per deploy, because an update of CloudFormation can add or remove only one replica of a global table. Regions are added
 * before others are removed, so that clients can move.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html#cfn-dynamodb-globaltable-replicas
 * @param from the deployed regions, the home first; none before the first deploy
 * @param marked the regions with a drain mark; undefined when that is unknown
 * @throws RealtimeError plan_impossible
 */
export function planFrom(from: readonly string[], network: WantedNetwork, marked?: readonly string[]): Plan {
  const { name, regions: to } = network;
  const whole = { network: name, from, to };
  const [home = ''] = to;
  const [oldHome] = from;
  if (oldHome === undefined) return { ...whole, steps: firstDeploy(network) };
  if (oldHome !== home) {
    throw new RealtimeError(
      'plan_impossible',
      `The deployed ${name} has its home in ${oldHome}, the assembly in ${home}.`,
    );
  }
  const added = to.filter((region) => !from.includes(region));
  const removed = from.filter((region) => !to.includes(region));
  const changes = [...added, ...removed];
  const steps: Step[] = [
    ...finishEarlierRemovals(network, from, marked),
    ...(added.length === 0 ? [] : [bootstrap(network, added)]),
  ];
  let current = from;
  let former = network.formerRegions.filter((one) => !from.includes(one));
  for (const [index, region] of changes.entries()) {
    const isNew = added.includes(region);
    const before = current;
    const members = new Set(isNew ? [...current, region] : current.filter((one) => one !== region));
    // In the order of the app, followed by the regions that are not removed yet.
    current = [...new Set([...to, ...from])].filter((one) => members.has(one));
    if (!isNew) former = [...former, region];
    const change = { network, region, before, regions: current, formerRegions: former };
    const title = `Deploy ${index + 1} of ${changes.length}`;
    steps.push(...(isNew ? addition(change, title) : removal(change, title)));
  }
  return { ...whole, steps: [...steps, ...removeFormerRegions(network, current, former)] };
}

/** A change of one region. */
interface Change {
  readonly network: WantedNetwork;
  readonly region: string;
  /** The regions before the change. */
  readonly before: readonly string[];
  /** The regions after the change. */
  readonly regions: readonly string[];
  readonly formerRegions: readonly string[];
}

/** A new table can have any number of replicas. */
function firstDeploy(network: WantedNetwork): readonly Step[] {
  const { name, path, regions, formerRegions, ownsZone } = network;
  const [home = ''] = regions;
  const delegation: Step = {
    what:
      'Deploy the hosted zone. Enter its name servers at the registrar of the domain, or as NS record in the parent zone, because ' +
      'certificates are validated by DNS. Set `hostedZoneId` of RealtimeDomain.newZone in the code to the id of the zone.',
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
      what: 'Deploy all regions at once. Later, each deploy can add or remove only one region.',
      props: { regions, formerRegions },
      commands: [deploy(network)],
    },
  ];
}

function bootstrap({ account, domain }: WantedNetwork, regions: readonly string[]): Step {
  const all = new Set([...regions, ...(domain === undefined ? [] : [ROUTING_REGION])]);
  const where = account ?? '$(aws sts get-caller-identity --query Account --output text)';
  return {
    what: 'Bootstrap the CDK in these regions. Repeating that is harmless.',
    commands: [...all].map((region) => `npx cdk bootstrap aws://${where}/${region}`),
  };
}

/** Repeats the removal of former regions: once their replicas are deleted, AWS does not show whether it was completed. */
function finishEarlierRemovals(
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
      what: `Complete the removal of ${region}. Commands that have run before are harmless, or fail without effect.`,
      props: { regions: from, formerRegions: former },
      commands: [
        deploy(network),
        ...(tables.areOwn ? [] : replicas),
        ...deleteStack(network, region),
        ...(isMarked ? [returnCommand(network, region, [...from, region])] : []),
      ],
    };
  });
  const strays = (marked ?? []).filter((region) => isGone(region) && !former.includes(region));
  const unmark: Step = {
    what: `Remove the drain marks of ${strays.join(', ')}, which are left over. With a mark, a region is out of service when it is added.`,
    commands: strays.map((region) => returnCommand(network, region, [...from, region])),
  };
  return [...checks, ...(strays.length === 0 ? [] : [unmark])];
}

function addition({ network, region, regions, formerRegions }: Change, title: string): readonly Step[] {
  const { name, domain, tables, encryptionKeyId } = network;
  const [home = ''] = regions;
  const key: Step = {
    what: `Replicate the key to ${region}, from the region of its primary, with a key policy that delegates to IAM.`,
    commands: [`aws kms replicate-key --region ${home} --key-id ${encryptionKeyId ?? ''} --replica-region ${region}`],
  };
  const replicas: Step = {
    what: `Add replicas in ${region} to your own tables.`,
    commands: tables.names.flatMap((table) => [
      updateReplicas(home, table, 'Create', region),
      `aws dynamodb wait table-exists --region ${region} --table-name ${table}`,
    ]),
  };
  const check: Step =
    domain === undefined
      ? {
          what: 'Add its WebSocket address to the fallbackUrls of clients.',
          commands: [
            `aws cloudformation describe-stacks --region ${region} --stack-name ${stackName(name, region)} --query "Stacks[0].Outputs"`,
          ],
        }
      : {
          what: 'Check that it is healthy. Route 53 returns healthy regions to clients automatically.',
          commands: [`curl -fsS https://${regionalHost(domain, 'http', region)}${HEALTH_PATH}`],
        };
  return [
    ...(encryptionKeyId === undefined ? [] : [key]),
    ...(tables.areOwn ? [] : [replicas]),
    {
      what: `${title}: add ${region}, and change nothing else. The copy of a large table takes hours.`,
      props: { regions, formerRegions },
      commands: [deploy(network)],
    },
    check,
  ];
}

/** The stack of the region is deleted last: until the routing stack is deployed, DNS records point to it. */
function removal({ network, region, before, regions, formerRegions }: Change, title: string): readonly Step[] {
  const { name, domain, tables } = network;
  const [home = ''] = regions;
  const addresses: Step = {
    what: `Remove the addresses of ${region} from clients. Without a domain, the region cannot redirect them.`,
    commands: [],
  };
  const unprotect: Step = {
    what: `Turn off the deletion protection of the replicas in ${region}.`,
    commands: tables.names.map(
      (table) => `aws dynamodb update-table --region ${region} --table-name ${table} --no-deletion-protection-enabled`,
    ),
  };
  const replicas: Step = {
    what: `Remove the replicas in ${region} from your own tables.`,
    commands: tables.names.map((table) => updateReplicas(home, table, 'Delete', region)),
  };
  return [
    ...(domain === undefined ? [addresses] : []),
    {
      what: `Drain ${region}. Move servers that publish to its own address to another region, too.`,
      // Without a domain, nothing leads new connections away, so further passes would not empty the region.
      commands: [
        `npx cdk-realtime drain ${drainArguments(network, region, before)}${domain === undefined ? ' --once' : ''}`,
      ],
    },
    {
      what:
        'Wait until it has no connections, at most two hours, after which API Gateway closes every connection. Its last messages are ' +
        'replicated some seconds later.',
      commands: [
        `aws lambda invoke --region ${region} --function-name ${partName(name, 'drain')} --cli-binary-format raw-in-base64-out ` +
          `--payload '{"count":true}' /dev/stdout`,
      ],
    },
    ...(tables.areProtected ? [unprotect] : []),
    {
      what: `${title}: remove ${region}, and change nothing else. With formerRegions, its messages remain readable.`,
      props: { regions, formerRegions },
      commands: [deploy(network)],
    },
    ...(tables.areOwn ? [] : [replicas]),
    {
      what: `Delete the stack of ${region}. The CDK does not delete stacks that are not in the app any more.`,
      commands: deleteStack(network, region),
    },
    {
      what: 'Remove its drain mark. Otherwise it would be out of service if you add it again.',
      commands: [returnCommand(network, region, before)],
    },
  ];
}

/** The logs of former regions are read until their last messages have expired. */
function removeFormerRegions(
  network: WantedNetwork,
  regions: readonly string[],
  former: readonly string[],
): readonly Step[] {
  if (former.length === 0) return [];
  return [
    {
      what:
        `Remove ${former.join(', ')} from formerRegions once the retention of all messages is over: ` +
        `${inWords(network.retention)} after the deletion of the stack, since connections can publish until then.`,
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

function returnCommand(network: WantedNetwork, region: string, regions: readonly string[]): string {
  return `npx cdk-realtime return ${drainArguments(network, region, regions)}`;
}

/** Arguments of `drain` and `return` for a region. */
function drainArguments({ name, tables }: WantedNetwork, region: string, regions: readonly string[]): string {
  const [, channelsTable] = tables.names;
  const tableOption = channelsTable === partName(name, 'channels') ? '' : ` --channels-table ${channelsTable}`;
  return `${region} --network ${name} --regions ${regions.join(',')}${tableOption}`;
}

/** Selects stacks by construct path, which also works in a Stage. */
function deploy({ path }: WantedNetwork): string {
  return `npx cdk deploy '${path}/*'`;
}

/** One replica per call: the limit of DynamoDB. */
function updateReplicas(home: string, table: string, action: 'Create' | 'Delete', region: string): string {
  const updates = JSON.stringify([{ [action]: { RegionName: region } }]);
  return `aws dynamodb update-table --region ${home} --table-name ${table} --replica-updates '${updates}'`;
}

function inWords(seconds: number): string {
  const [count, unit] = seconds % 86_400 === 0 ? [seconds / 86_400, 'day'] : [Math.ceil(seconds / 3_600), 'hour'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
