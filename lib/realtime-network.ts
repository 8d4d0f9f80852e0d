import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { HostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct, type IDependable } from 'constructs';
import { HEALTH_PATH } from './contract/http-routes';
import { RegionAlarms } from './monitoring/region-alarms';
import type { WatchedHealthCheck } from './monitoring/monitored-resources';
import { type NetworkMembership, replicaKey } from './network/region-context';
import { entryHost, partName, regionalHost, ROUTING_REGION, sharedHost, stackName } from './contract/names';
import { checkNetwork } from './realtime-network-checks';
import { DEFAULT_CONNECT_QUOTA } from './contract/limits';
import { warnOfRehoming } from './network/failover-capacity';
import { PropCheck, refusal } from './util/prop-check';
import { type IRealtimeAlarms, RealtimeAlarms } from './realtime-alarms';
import { RealtimeApi } from './realtime-api';
import type { RealtimeDomain } from './realtime-domain';
import type { RealtimeNetworkProps, RealtimeRegionOptions } from './realtime-network-props';
import { NetworkZone } from './network/network-zone';
import { RegionRouting } from './network/region-routing';
import { RegionalHost } from './network/regional-host';
import { NetworkTables } from './storage/network-tables';
import type { NetworkTableNames } from './storage/realtime-tables';
import { TokenSecret } from './auth/token-secret';

/**
 * A realtime backend in several regions: a global stack in the first one, a stack in each, and with a domain one for routing.
 * Its stacks know each other by name only, so that each can be changed, and lost, by itself. For an account other than the
 * deployer's, put it into a Stage that has one.
 */
export class RealtimeNetwork extends Construct {
  /** What the names of its parts begin with. */
  public readonly networkName: string;
  /** Its regions. */
  public readonly regions: string[];
  /** What there is only once; undefined when all of it was brought along. */
  public readonly globalStack?: Stack;
  /** The regions' stacks, in the order of `regions`. */
  public readonly regionalStacks: Stack[];
  /** Health checks and latency records; undefined without a domain. */
  public readonly routingStack?: Stack;
  /** Where clients find the nearest healthy region: `wss://ws.<domain>`; undefined without a domain. */
  public readonly webSocketUrl?: string;
  /** Where servers do: `https://http.<domain>`; undefined without a domain. */
  public readonly httpUrl?: string;
  /** Where the alarms on health checks go, in us-east-1; undefined without a domain, or when they are disabled. */
  public readonly routingAlarms?: IRealtimeAlarms;
  private readonly props: RealtimeNetworkProps;
  private readonly backends: ReadonlyMap<string, RealtimeApi>;

  /**
   * @param scope an App, a Stage, or anything within
   * @throws Error 61000 prop_invalid, which names every prop that breaks a rule
   */
  public constructor(scope: Construct, id: string, props: RealtimeNetworkProps) {
    super(scope, id);
    this.props = props;
    this.networkName = props.networkName ?? this.node.path.replaceAll('/', '-');
    const check = new PropCheck();
    checkNetwork(check, this, this.networkName, props);
    check.throwIfAny(this);
    this.regions = [...props.regions];
    const { domain } = props;

    const global = this.makeGlobalStack();
    if (global !== undefined) this.globalStack = global;
    this.backends = new Map(this.regions.map((region) => [region, this.makeRegion(region)]));
    this.regionalStacks = [...this.backends.values()].map((backend) => Stack.of(backend));
    if (domain !== undefined) {
      this.routingStack = this.makeStack('Routing', 'routing', ROUTING_REGION, 'health checks and latency records');
      const healthChecks = this.addRouting(this.routingStack, domain);
      const alarms = this.addRoutingAlarms(this.routingStack, healthChecks);
      if (alarms !== undefined) this.routingAlarms = alarms;
      this.webSocketUrl = `wss://${sharedHost(domain.domainName, 'ws')}`;
      this.httpUrl = `https://${sharedHost(domain.domainName, 'http')}`;
      new CfnOutput(this.routingStack, 'WebSocketUrl', {
        value: this.webSocketUrl,
        description: 'Where clients connect',
      });
      new CfnOutput(this.routingStack, 'HttpUrl', { value: this.httpUrl, description: 'Where servers publish' });
    }
    warnOfRehoming(
      this.regions.map((region) => {
        const { expectedConnections: connections } = this.optionsOf(region);
        return { region, scope: this.regional(region), connections, quota: this.quotaOf(region) };
      }),
    );
  }

  /**
   * The backend of a region.
   *
   * @throws Error 61000 prop_invalid, when it is not one of the network's regions
   */
  public regional(region: string): RealtimeApi {
    const backend = this.backends.get(region);
    if (backend !== undefined) return backend;
    throw refusal(this, 'region', 'must be one of the network', region, `It has ${this.regions.join(', ')}.`);
  }

  /** Tables, secret and hosted zone, as far as they are to be made. */
  private makeGlobalStack(): Stack | undefined {
    const { auth, domain, tables, encryptionKeyId: keyId } = this.props;
    const [home = '', ...replicas] = this.regions;
    const hasSecret = auth?.issuerUrl === undefined;
    const hasZone = domain?.isNewZone === true;
    if (tables !== undefined && !hasSecret && !hasZone) return undefined;
    const removalPolicy = removalPolicyOf(this.props);
    const stack = this.makeStack('Global', 'global', home, 'tables, token secret and hosted zone');
    const keys = keyId === undefined ? [] : this.regions.map((region) => replicaKey(stack, region, keyId));
    const [encryptionKey] = keys;
    const encryption = encryptionKey === undefined ? {} : { encryptionKey };
    const before: IDependable[] = [];
    if (hasSecret) {
      const secret = new TokenSecret(stack, 'TokenSecret', {
        secretName: partName(this.networkName, 'token-key'),
        replicaRegions: replicas.map((region, index) => {
          const key = keys[index + 1];
          return { region, ...(key === undefined ? {} : { encryptionKey: key }) };
        }),
        removalPolicy,
        ...encryption,
      });
      before.push(secret);
    }
    if (hasZone) before.push(new NetworkZone(stack, 'Zone', { zoneName: domain.zoneName, removalPolicy }));
    if (tables === undefined) {
      const replicaKeyArns = Object.fromEntries(
        replicas.flatMap((region, index) => {
          const key = keys[index + 1];
          return key === undefined ? [] : [[region, key.keyArn] as const];
        }),
      );
      const names = this.tableNames();
      const options = { ...names, replicas, removalPolicy, ...encryption, replicaKeyArns };
      // Last: tables are protected against deletion, by a rollback of what fails beside them, too.
      new NetworkTables(stack, 'Tables', options).node.addDependency(...before);
    }
    return stack;
  }

  private makeRegion(region: string): RealtimeApi {
    const { namespaces, auth, domain, encryptionKeyId } = this.props;
    const removalPolicy = removalPolicyOf(this.props);
    const { throttle, requestQuota, accessLogs, logRetention, certificateArn, alarms } = this.optionsOf(region);
    const stack = this.makeStack(region, region, region, region);
    if (this.globalStack !== undefined) stack.node.addDependency(this.globalStack);
    const realtime = new RealtimeApi(stack, 'Realtime', {
      ...{ namespaces, auth, throttle, requestQuota, accessLogs, logRetention, alarms, removalPolicy },
      ...(encryptionKeyId === undefined ? {} : { encryptionKey: replicaKey(stack, region, encryptionKeyId) }),
      _network: this.membershipOf(region),
    });
    if (domain !== undefined) this.addHosts(stack, region, realtime, domain, certificateArn);
    return realtime;
  }

  /** The names that a region answers to: its own, and those that all regions share. */
  private addHosts(
    stack: Stack,
    region: string,
    realtime: RealtimeApi,
    domain: RealtimeDomain,
    certificateArn: string | undefined,
  ): void {
    const { domainName } = domain;
    const zone = this.zoneIn(stack, domain);
    const certificate =
      certificateArn === undefined
        ? new Certificate(stack, 'Certificate', {
            domainName: `*.${domainName}`,
            validation: CertificateValidation.fromDns(zone),
          })
        : Certificate.fromCertificateArn(stack, 'Certificate', certificateArn);
    const apis = [
      { id: 'WebSocket', host: 'ws', api: realtime.webSocketApi, stage: realtime.webSocketStage },
      { id: 'Http', host: 'http', api: realtime.httpApi, stage: realtime.httpStage },
    ] as const;
    for (const { id, host, api, stage } of apis) {
      const own = regionalHost(domainName, host, region);
      const shared = sharedHost(domainName, host);
      const entry = entryHost(domainName, host, region);
      const options = { api, stage, zone, certificate };
      new RegionalHost(stack, `${id}RegionalHost`, { ...options, domainName: own, recordName: own });
      new RegionalHost(stack, `${id}SharedHost`, { ...options, domainName: shared, recordName: entry });
    }
  }

  /** Leads clients to the nearest region that serves and is not evacuated. When none is left, Route 53 uses all. */
  private addRouting(stack: Stack, domain: RealtimeDomain): WatchedHealthCheck[] {
    const { domainName, healthCheckInterval, failureThreshold } = domain;
    for (const regional of this.regionalStacks) stack.node.addDependency(regional);
    const zone = this.zoneIn(stack, domain);
    return this.regions.map((region, index) => {
      // The next one in the list, so that each region is watched by another.
      const peer = this.regions[(index + 1) % this.regions.length];
      const healthHost = regionalHost(domainName, 'http', region);
      const { healthCheck } = new RegionRouting(stack, region, {
        ...{ region, zone, healthCheckInterval, failureThreshold },
        checkName: `${this.networkName} ${region}`,
        healthHost,
        ...(peer === undefined || peer === region ? {} : { peerHost: regionalHost(domainName, 'http', peer) }),
        hosts: (['ws', 'http'] as const).map((host) => ({
          id: host === 'ws' ? 'WebSocket' : 'Http',
          name: sharedHost(domainName, host),
          entry: entryHost(domainName, host, region),
        })),
      });
      return { region, url: `https://${healthHost}${HEALTH_PATH}`, healthCheckId: healthCheck.healthCheckId };
    });
  }

  private addRoutingAlarms(stack: Stack, healthChecks: WatchedHealthCheck[]): IRealtimeAlarms | undefined {
    const { defaults = {}, routingAlarms } = this.props;
    const alarms = routingAlarms ?? (defaults.alarms ?? RealtimeAlarms.standard())._withOwnTopics();
    if (!alarms.enabled) return undefined;
    return new RegionAlarms(stack, 'Alarms', {
      ...{ alarms, watched: { healthChecks }, name: this.networkName, prefix: this.networkName },
      // Names of dashboards are the account's, and those of the regions' dashboards end with their region.
      dashboardName: stack.stackName,
    });
  }

  private makeStack(id: string, name: string, region: string, what: string): Stack {
    return new Stack(this, id, {
      stackName: stackName(this.networkName, name),
      description: `cdk-realtime network ${this.networkName}: ${what}`,
      env: { region },
    });
  }

  private zoneIn(stack: Stack, { zoneName, hostedZoneId }: RealtimeDomain): IHostedZone {
    const [home = ''] = this.regions;
    return HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
      zoneName,
      hostedZoneId: hostedZoneId ?? NetworkZone.idFrom(stackName(this.networkName, 'global'), home),
    });
  }

  private membershipOf(region: string): NetworkMembership {
    const { formerRegions = [], domain, encryptionKeyId } = this.props;
    const others = this.regions.filter((other) => other !== region);
    const quotas = (others.length === 0 ? [region] : others).map((one) => this.quotaOf(one));
    return {
      ...{ network: this.networkName, region, regions: this.regions, formerRegions },
      tables: this.tableNames(),
      connectQuota: Math.min(...quotas),
      ...(domain === undefined ? {} : { domain: domain.domainName }),
      ...(encryptionKeyId === undefined ? {} : { encryptionKeyId }),
    };
  }

  private tableNames(): NetworkTableNames {
    const network = this.networkName;
    return {
      connectionsTableName: partName(network, 'connections'),
      messagesTableName: this.props.tables?.messagesTableName ?? partName(network, 'messages'),
      channelsTableName: this.props.tables?.channelsTableName ?? partName(network, 'channels'),
    };
  }

  private optionsOf(region: string): RealtimeRegionOptions {
    return { ...this.props.defaults, ...this.props.overrides?.[region] };
  }

  private quotaOf(region: string): number {
    return this.optionsOf(region).connectQuota ?? DEFAULT_CONNECT_QUOTA;
  }
}

/** What is made in vain goes with the deploy that failed: its name is needed for the next one. */
function removalPolicyOf({ removalPolicy }: RealtimeNetworkProps): RemovalPolicy {
  return removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}
