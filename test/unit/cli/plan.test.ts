// The steps between two sets of regions, and the networks of assemblies.
import { RemovalPolicy } from 'aws-cdk-lib';
import fc from 'fast-check';
import { planFrom, type Step } from '../../../cli/plan/steps';
import { wantedNetwork, type WantedNetwork } from '../../../cli/plan/wanted';
import { RealtimeAuth, RealtimeDomain } from '../../../lib';
import { REGIONS } from '../../support/templates/network-templates';
import { assemblyOf, HOME, SECOND, THIRD } from './network-assembly';

const KEY = `mrk-${'0123456789abcdef'.repeat(2)}`;

/** A network with a domain, as read from an assembly. */
function wanted(regions: readonly string[], others: Partial<WantedNetwork> = {}): WantedNetwork {
  return {
    name: 'Chat',
    path: 'Chat',
    regions,
    formerRegions: [],
    account: '111122223333',
    domain: 'rt.example',
    ownsZone: false,
    retention: 7 * 86_400,
    encryptionKeyId: undefined,
    tables: { names: ['Chat-messages', 'Chat-channels'], areOwn: true, areProtected: true },
    ...others,
  };
}

const deploysOf = (steps: readonly Step[]): Step[] => steps.filter(({ what }) => what.startsWith('Deploy '));
const commandsOf = (steps: readonly Step[]): string[] => steps.flatMap(({ commands }) => commands);

describe('planFrom', () => {
  test('given two new regions, then they are added in two deploys, in the order of the app', () => {
    const { steps } = planFrom([HOME, SECOND], wanted([HOME, THIRD, SECOND, 'us-west-2']));
    expect(deploysOf(steps)).toMatchObject([
      { what: expect.stringContaining(`Deploy 1 of 2: add ${THIRD}`), props: { regions: [HOME, THIRD, SECOND] } },
      {
        what: expect.stringContaining('Deploy 2 of 2: add us-west-2'),
        props: { regions: [HOME, THIRD, SECOND, 'us-west-2'] },
      },
    ]);
    expect(commandsOf(steps)).toEqual([
      `npx cdk bootstrap aws://111122223333/${THIRD}`,
      'npx cdk bootstrap aws://111122223333/us-west-2',
      'npx cdk bootstrap aws://111122223333/us-east-1',
      "npx cdk deploy 'Chat/*'",
      `curl -fsS https://http-${THIRD}.rt.example/health`,
      "npx cdk deploy 'Chat/*'",
      'curl -fsS https://http-us-west-2.rt.example/health',
    ]);
  });

  test('given a removed region, then it is drained, removed, deleted, and taken from formerRegions, in this order', () => {
    const { steps } = planFrom([HOME, SECOND, THIRD], wanted([HOME, THIRD]));
    const member = `${SECOND} --network Chat --regions ${HOME},${SECOND},${THIRD}`;
    expect(commandsOf(steps)).toEqual([
      `npx cdk-realtime drain ${member}`,
      expect.stringMatching(`^aws lambda invoke --region ${SECOND} --function-name Chat-drain .*'{"count":true}'`),
      `aws dynamodb update-table --region ${SECOND} --table-name Chat-messages --no-deletion-protection-enabled`,
      `aws dynamodb update-table --region ${SECOND} --table-name Chat-channels --no-deletion-protection-enabled`,
      "npx cdk deploy 'Chat/*'",
      `aws cloudformation delete-stack --region ${SECOND} --stack-name Chat-${SECOND}`,
      `aws cloudformation wait stack-delete-complete --region ${SECOND} --stack-name Chat-${SECOND}`,
      `npx cdk-realtime return ${member}`,
      "npx cdk deploy 'Chat/*'",
    ]);
    expect(steps.flatMap(({ props }) => props ?? [])).toEqual([
      { regions: [HOME, THIRD], formerRegions: [SECOND] },
      { regions: [HOME, THIRD], formerRegions: [] },
    ]);
    expect(steps.at(-1)?.what).toContain('7 days after the deletion of the stack');
  });

  test('regions are added before others are removed', () => {
    const { steps } = planFrom([HOME, SECOND], wanted([HOME, THIRD]));
    expect(deploysOf(steps).map(({ props }) => props)).toEqual([
      { regions: [HOME, THIRD, SECOND], formerRegions: [] },
      { regions: [HOME, THIRD], formerRegions: [SECOND] },
    ]);
  });

  test('given earlier former regions, then they stay in formerRegions until the last step', () => {
    const { steps } = planFrom([HOME, SECOND], wanted([HOME], { formerRegions: ['sa-east-1', SECOND] }));
    expect(deploysOf(steps)[0]?.props).toEqual({ regions: [HOME], formerRegions: ['sa-east-1', SECOND] });
    expect(steps.at(-1)?.what).toContain(`Remove sa-east-1, ${SECOND} from formerRegions`);
  });

  test('given any two sets, then each deploy adds or removes one region, the home stays first, and the result is that of the app', () => {
    const others = fc.subarray([...REGIONS.slice(1), 'sa-east-1', 'eu-north-1']);
    fc.assert(
      fc.property(others, others, (before, after) => {
        const { steps, from, to } = planFrom([HOME, ...before], wanted([HOME, ...after]));
        let current = new Set(from);
        for (const { props } of deploysOf(steps)) {
          const next = new Set(props?.regions);
          const changed = [...new Set([...current, ...next])].filter((one) => current.has(one) !== next.has(one));
          expect(changed).toHaveLength(1);
          expect(props?.regions[0]).toBe(HOME);
          // All removed regions are former regions, and no region is in both lists.
          expect(new Set(props?.formerRegions)).toEqual(new Set(from.filter((one) => !next.has(one))));
          current = next;
        }
        expect(current).toEqual(new Set(to));
        const last = steps.findLast(({ props }) => props !== undefined)?.props;
        expect(last).toEqual(steps.length === 0 ? undefined : { regions: to, formerRegions: [] });
      }),
    );
  });

  test('given no deployed regions, then all are deployed at once, after the hosted zone', () => {
    const regions = [HOME, THIRD];
    const { steps } = planFrom([], wanted(regions, { ownsZone: true, account: undefined }));
    const account = '$(aws sts get-caller-identity --query Account --output text)';
    expect(commandsOf(steps)).toEqual([
      ...[HOME, THIRD, 'us-east-1'].map((region) => `npx cdk bootstrap aws://${account}/${region}`),
      "npx cdk deploy 'Chat/Global'",
      `aws cloudformation describe-stacks --region ${HOME} --stack-name Chat-global ` +
        '--query "Stacks[0].Outputs[].[OutputKey,OutputValue]" --output text',
      "npx cdk deploy 'Chat/*'",
    ]);
    expect(commandsOf(planFrom([], wanted(regions)).steps)).not.toContain("npx cdk deploy 'Chat/Global'");
  });

  test('given no domain, then us-east-1 is not bootstrapped, and the addresses of clients are changed', () => {
    const { steps } = planFrom([HOME, SECOND], wanted([HOME, THIRD], { domain: undefined }));
    expect(commandsOf(steps).filter((one) => one.includes('bootstrap'))).toEqual([
      `npx cdk bootstrap aws://111122223333/${THIRD}`,
    ]);
    expect(commandsOf(steps).join()).not.toContain('curl');
    const told = steps.map(({ what }) => what);
    expect(told.findIndex((what) => what.startsWith(`Remove the addresses of ${SECOND}`))).toBeLessThan(
      told.findIndex((what) => what.startsWith(`Drain ${SECOND}`)),
    );
    expect(told.join()).toContain('fallbackUrls');
    expect(commandsOf(steps).find((one) => one.includes('drain'))).toMatch(/ --once$/);
  });

  test('given former regions, then the first step completes their removal', () => {
    const { steps } = planFrom([HOME, THIRD], wanted([HOME, THIRD], { formerRegions: [SECOND] }));
    expect(steps[0]?.what).toContain(`Complete the removal of ${SECOND}`);
    const stack = `--region ${SECOND} --stack-name Chat-${SECOND}`;
    const rest = ["npx cdk deploy 'Chat/*'", `aws cloudformation delete-stack ${stack}`];
    const unmark = `npx cdk-realtime return ${SECOND} --network Chat --regions ${HOME},${THIRD},${SECOND}`;
    expect(steps[0]?.commands).toEqual([...rest, `aws cloudformation wait stack-delete-complete ${stack}`, unmark]);
    // The deployed regions, without those that the app adds.
    expect(steps[0]?.props).toEqual({ regions: [HOME, THIRD], formerRegions: [SECOND] });
    expect(steps.slice(1)).toMatchObject([{ props: { regions: [HOME, THIRD], formerRegions: [] } }]);
    const tables = { names: ['m', 'c'], areOwn: false, areProtected: false } as const;
    const brought = planFrom([HOME, THIRD], wanted([HOME, THIRD], { formerRegions: [SECOND], tables }));
    expect(brought.steps[0]?.commands.join()).toContain(`--table-name c --replica-updates '[{"Delete"`);
  });

  test('given drain marks, then leftover marks are removed before their regions are added', () => {
    const network = wanted([HOME, THIRD], { formerRegions: [SECOND] });
    const returns = (marked?: string[]): string[] =>
      commandsOf(planFrom([HOME], network, marked).steps).filter((one) => one.includes('return'));
    expect(returns([])).toEqual([]);
    expect(returns([HOME])).toEqual([]);
    expect(returns([SECOND])).toEqual([`npx cdk-realtime return ${SECOND} --network Chat --regions ${HOME},${SECOND}`]);
    expect(returns([THIRD])).toEqual([`npx cdk-realtime return ${THIRD} --network Chat --regions ${HOME},${THIRD}`]);
    const { steps } = planFrom([HOME], network, [THIRD]);
    const place = (text: string): number => steps.findIndex(({ what }) => what.includes(text));
    expect(place('which are left over')).toBeLessThan(place(`add ${THIRD}`));
  });

  test('given existing tables and a key, then replicas are added before the deploy, and removed after it', () => {
    const tables = { names: ['m', 'c'], areOwn: false, areProtected: false } as const;
    const { steps } = planFrom([HOME, SECOND], wanted([HOME, THIRD], { tables, encryptionKeyId: KEY }));
    const commands = commandsOf(steps);
    const place = (text: string): number => commands.findIndex((one) => one.includes(text));
    expect(commands.join()).not.toContain('no-deletion-protection-enabled');
    const member = `${SECOND} --network Chat --regions ${HOME},${THIRD},${SECOND} --channels-table c`;
    expect(commands).toEqual(
      expect.arrayContaining([`npx cdk-realtime drain ${member}`, `npx cdk-realtime return ${member}`]),
    );
    const order = [
      `--key-id ${KEY} --replica-region ${THIRD}`,
      `--table-name m --replica-updates '[{"Create":{"RegionName":"${THIRD}"}}]'`,
      `wait table-exists --region ${THIRD} --table-name c`,
      'cdk deploy',
      `--table-name c --replica-updates '[{"Delete":{"RegionName":"${SECOND}"}}]'`,
      'delete-stack',
    ].map(place);
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  test('given the same regions in another order, then there are no steps', () => {
    expect(planFrom([HOME, SECOND, THIRD], wanted([HOME, THIRD, SECOND])).steps).toEqual([]);
  });

  test('when the home changes, then the error is 60013 plan_impossible', () => {
    expect(() => planFrom([HOME, SECOND], wanted([SECOND, HOME]))).toThrow(
      expect.objectContaining({ error: 'plan_impossible', message: expect.stringContaining(`its home in ${HOME}`) }),
    );
  });
});

describe('wantedNetwork', () => {
  test('reads a network with a domain, former regions and a key', () => {
    const props = { domain: RealtimeDomain.newZone('rt.example'), formerRegions: [THIRD], encryptionKeyId: KEY };
    expect(wantedNetwork(assemblyOf({ Chat: props }), undefined)).toEqual({
      name: 'Chat',
      path: 'Chat',
      regions: [HOME, SECOND],
      formerRegions: [THIRD],
      account: undefined,
      domain: 'rt.example',
      ownsZone: true,
      retention: 604_800,
      encryptionKeyId: KEY,
      tables: { names: ['Chat-messages', 'Chat-channels'], areOwn: true, areProtected: true },
    });
  });

  test('reads a network in a stage, with an existing zone and tables', () => {
    const domain = RealtimeDomain.fromHostedZone({ domain: 'rt.example', hostedZoneId: 'Z1', zoneName: 'example' });
    const tables = { messagesTableName: 'mine', channelsTableName: 'ours' };
    expect(wantedNetwork(assemblyOf({ Chat: { domain, tables } }, 'Production'), undefined)).toMatchObject({
      name: 'Production-Chat',
      path: 'Production/Chat',
      account: '111122223333',
      ownsZone: false,
      formerRegions: [],
      encryptionKeyId: undefined,
      tables: { names: ['mine', 'ours'], areOwn: false, areProtected: false },
    });
  });

  test('reads a network with existing resources only, and one with the removal policy DESTROY', () => {
    const tables = { messagesTableName: 'mine', channelsTableName: 'ours' };
    const auth = RealtimeAuth.issuer({ issuer: 'https://id.example', audience: 'chat' });
    const without = wantedNetwork(assemblyOf({ Chat: { tables, auth } }), undefined);
    expect(without).toMatchObject({ ownsZone: false, domain: undefined, tables: { areOwn: false } });
    const temporary = wantedNetwork(assemblyOf({ Chat: { removalPolicy: RemovalPolicy.DESTROY } }), undefined);
    expect(temporary.tables).toMatchObject({ areOwn: true, areProtected: false });
  });
});
