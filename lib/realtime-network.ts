import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { HostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct, type IDependable } from 'constructs';
import { TokenSecret } from './auth/token-secret';
import { HEALTH_PATH } from './contract/http-routes';
import { DEFAULT_CONNECT_QUOTA } from './contract/limits';
import { entryHost, partName, regionalHost, ROUTING_REGION, sharedHost, stackName } from './contract/names';
import type { MonitoredHealthCheck } from './monitoring/monitored-resources';
import { RegionAlarms } from './monitoring/region-alarms';
import { warnOfSlowFailover } from './network/failover-capacity';
import { NetworkZone } from './network/network-zone';
import { type RegionContext, replicaKey } from './network/region-context';
import { RegionRouting } from './network/region-routing';
import { RegionalHost } from './network/regional-host';
import type { IRealtimeAlarms } from './realtime-alarm-options';
import { RealtimeAlarms } from './realtime-alarms';
import { RealtimeApi } from './realtime-api';
import type { RealtimeDomain } from './realtime-domain';
import { checkNetwork } from './realtime-network-checks';
import type { RealtimeNetworkProps, RealtimeRegionOptions } from './realtime-network-props';
import { NetworkTables } from './storage/network-tables';
import type { NetworkTableNames } from './storage/realtime-tables';
import { PropCheck, propError } from './util/prop-check';

/**
 * A realtime backend in several regions: a global stack in the home region, a stack in each region, and with a domain a routing stack
 * in us-east-1. The stacks refer to each other's resources only by name, so that each can be changed, or fail, independently. To
 * deploy to an account other than the deployer's, put the network into a Stage with that account.
 */
export class RealtimeNetwork extends Construct {
  /** Prefix of the names of its resources. */
  public readonly networkName: string;
  /** Regions of the network. */
  public readonly regions: string[];
  /** Stack of the resources that exist once; undefined when all of them are existing ones. */
  public readonly globalStack?: Stack;
  /** Stacks of the regions, in the order of `regions`. */
  public readonly regionalStacks: Stack[];
  /** Stack of health checks and latency records; undefined without a domain. */
  public readonly routingStack?: Stack;
  /** URL that resolves to the nearest healthy region, for clients: `wss://ws.<domain>`; undefined without a domain. */
  public readonly webSocketUrl?: string;
  /** URL that resolves to the nearest healthy region, for servers: `https://http.<domain>`; undefined without a domain. */
  public readonly httpUrl?: string;
  /** Alarms on the health checks, in us-east-1; undefined without a domain, or when they are disabled. */
  public readonly routingAlarms?: IRealtimeAlarms;
  private readonly props: RealtimeNetworkProps;
  private readonly removalPolicy: RemovalPolicy;
  private readonly backends: ReadonlyMap<string, RealtimeApi>;

  /**
   * @param scope an App, a Stage, or a construct within
   * @throws Error 61000 prop_invalid, with every prop that breaks a rule
   */
  public constructor(scope: Construct, id: string, props: RealtimeNetworkProps) {
    super(scope, id);
    this.props = props;
    this.networkName = props.networkName ?? this.node.path.replaceAll('/', '-');
    // The names of resources that a failed deployment creates must be free for the next one, so rollbacks delete them.
    this.removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    const check = new PropCheck();
    checkNetwork(check, this, this.networkName, props);
    check.throwIfAny(this);
    this.regions = [...props.regions];
    const { domain } = props;

    this.globalStack = this.createGlobalStack();
    this.backends = new Map(this.regions.map((region) => [region, this.createRegion(region)]));
    this.regionalStacks = [...this.backends.values()].map((backend) => Stack.of(backend));
    if (domain !== undefined) {
      this.webSocketUrl = `wss://${sharedHost(domain.domainName, 'ws')}`;
      this.httpUrl = `https://${sharedHost(domain.domainName, 'http')}`;
      this.routingStack = this.createStack('Routing', 'routing', ROUTING_REGION, 'health checks and latency records');
      const healthChecks = this.addRouting(this.routingStack, domain);
      this.routingAlarms = this.addRoutingAlarms(this.routingStack, healthChecks);
      this.addOutput(this.routingStack, 'WebSocketUrl', this.webSocketUrl, 'URL that clients connect to');
      this.addOutput(this.routingStack, 'HttpUrl', this.httpUrl, 'URL that servers publish to');
    }
    this.warnOfSlowFailover();
  }

  /**
   * The backend of a region.
   *
   * @throws Error 61000 prop_invalid, when it is not a region of the network
   */
  public regional(region: string): RealtimeApi {
    const backend = this.backends.get(region);
    if (backend !== undefined) return backend;
    throw propError(this, {
      prop: 'region',
      rule: 'must be a region of the network',
      got: region,
      fix: `The network has ${this.regions.join(', ')}.`,
    });
  }

  /** Creates tables, secret and hosted zone, except those that exist already. */
  private createGlobalStack(): Stack | undefined {
    const { auth, domain, tables, encryptionKeyId: keyId } = this.props;
    const [home = ''] = this.regions;
    const hasSecret = auth?.issuerUrl === undefined;
    const hasZone = domain?.isNewZone === true;
    if (tables !== undefined && !hasSecret && !hasZone) return undefined;
    const stack = this.createStack('Global', 'global', home, 'tables, token secret and hosted zone');
    const keys = keyId === undefined ? [] : this.regions.map((region) => replicaKey(stack, region, keyId));
    const dependencies: IDependable[] = [];
    if (hasSecret) dependencies.push(this.createSecret(stack, keys));
    if (hasZone) {
      const { removalPolicy } = this;
      dependencies.push(new NetworkZone(stack, 'Zone', { zoneName: domain.zoneName, removalPolicy }));
    }
    // Last: if another resource fails, the rollback would be blocked by the deletion protection of the tables.
    if (tables === undefined) this.createTables(stack, keys).node.addDependency(...dependencies);
    return stack;
  }

  /** @param keys the key in each region, in the order of `regions`; empty without a key */
  private createSecret(stack: Stack, keys: readonly IKey[]): TokenSecret {
    const [, ...replicas] = this.regions;
    const [encryptionKey, ...replicaKeys] = keys;
    return new TokenSecret(stack, 'TokenSecret', {
      secretName: partName(this.networkName, 'token-key'),
      replicaRegions: replicas.map((region, index) => ({ region, encryptionKey: replicaKeys[index] })),
      removalPolicy: this.removalPolicy,
      encryptionKey,
    });
  }

  /** @param keys the key in each region, in the order of `regions`; empty without a key */
  private createTables(stack: Stack, keys: readonly IKey[]): NetworkTables {
    const [, ...replicas] = this.regions;
    const [encryptionKey, ...replicaKeys] = keys;
    const { messagesTableName, channelsTableName } = this.tableNames();
    const keyArns = replicaKeys.map((key, index): [string, string] => [replicas[index] ?? '', key.keyArn]);
    return new NetworkTables(stack, 'Tables', {
      messagesTableName,
      channelsTableName,
      replicas,
      removalPolicy: this.removalPolicy,
      encryptionKey,
      replicaKeyArns: Object.fromEntries(keyArns),
    });
  }

  private createRegion(region: string): RealtimeApi {
    const { namespaces, auth, domain, encryptionKeyId } = this.props;
    const { throttle, requestQuota, accessLogs, logRetention, certificateArn, alarms } = this.optionsOf(region);
    const stack = this.createStack(region, region, region, region);
    if (this.globalStack !== undefined) stack.node.addDependency(this.globalStack);
    const realtime = new RealtimeApi(stack, 'Realtime', {
      namespaces,
      auth,
      throttle,
      requestQuota,
      accessLogs,
      logRetention,
      alarms,
      removalPolicy: this.removalPolicy,
      encryptionKey: encryptionKeyId === undefined ? undefined : replicaKey(stack, region, encryptionKeyId),
      _regionContext: this.regionContextOf(region),
    });
    if (domain !== undefined) this.addHosts(realtime, region, domain, certificateArn);
    return realtime;
  }

  /** Adds the custom domain names of a region: its own, and those that all regions share. */
  private addHosts(
    realtime: RealtimeApi,
    region: string,
    domain: RealtimeDomain,
    certificateArn: string | undefined,
  ): void {
    const { domainName } = domain;
    const stack = Stack.of(realtime);
    const zone = this.importZone(stack, domain);
    const certificate = certificateIn(stack, { domainName, zone, certificateArn });
    const apis = [
      { id: 'WebSocket', host: 'ws', api: realtime.webSocketApi, stage: realtime.webSocketStage },
      { id: 'Http', host: 'http', api: realtime.httpApi, stage: realtime.httpStage },
    ] as const;
    for (const { id, host, api, stage } of apis) {
      const regional = regionalHost(domainName, host, region);
      const shared = sharedHost(domainName, host);
      const entry = entryHost(domainName, host, region);
      const options = { api, stage, zone, certificate };
      new RegionalHost(stack, `${id}RegionalHost`, { ...options, domainName: regional, recordName: regional });
      new RegionalHost(stack, `${id}SharedHost`, { ...options, domainName: shared, recordName: entry });
    }
  }

  /**
   * Adds health checks and latency records: the shared names resolve to the nearest region that is healthy and not evacuated. If no
   * region is, Route 53 uses all.
   */
  private addRouting(stack: Stack, domain: RealtimeDomain): MonitoredHealthCheck[] {
    const { domainName, healthCheckInterval, failureThreshold } = domain;
    for (const regional of this.regionalStacks) stack.node.addDependency(regional);
    const zone = this.importZone(stack, domain);
    return this.regions.map((region, index) => {
      // The next region in the list, so that each region reports the evacuation of one other.
      const peer = this.regions[(index + 1) % this.regions.length] ?? region;
      const healthHost = regionalHost(domainName, 'http', region);
      const { healthCheck } = new RegionRouting(stack, region, {
        region,
        zone,
        healthCheckInterval,
        failureThreshold,
        checkName: `${this.networkName} ${region}`,
        healthHost,
        peerHost: peer === region ? undefined : regionalHost(domainName, 'http', peer),
        hosts: (['ws', 'http'] as const).map((host) => ({
          id: host === 'ws' ? 'WebSocket' : 'Http',
          name: sharedHost(domainName, host),
          entry: entryHost(domainName, host, region),
        })),
      });
      return { region, url: `https://${healthHost}${HEALTH_PATH}`, healthCheckId: healthCheck.healthCheckId };
    });
  }

  private addRoutingAlarms(stack: Stack, healthChecks: MonitoredHealthCheck[]): IRealtimeAlarms | undefined {
    const { defaults = {}, routingAlarms } = this.props;
    const alarms = routingAlarms ?? (defaults.alarms ?? RealtimeAlarms.standard())._withOwnTopics();
    if (!alarms.enabled) return undefined;
    return new RegionAlarms(stack, 'Alarms', {
      alarms,
      monitored: { healthChecks },
      name: this.networkName,
      prefix: this.networkName,
      // Dashboard names are unique in the account, and those of the regions end with the region.
      dashboardName: stack.stackName,
    });
  }

  private addOutput(stack: Stack, id: string, value: string, description: string): void {
    new CfnOutput(stack, id, { value, description });
  }

  private warnOfSlowFailover(): void {
    const loads = this.regions.map((region) => ({
      region,
      scope: this.regional(region),
      connections: this.optionsOf(region).expectedConnections,
      quota: this.quotaOf(region),
    }));
    warnOfSlowFailover(loads);
  }

  private createStack(id: string, name: string, region: string, content: string): Stack {
    return new Stack(this, id, {
      stackName: stackName(this.networkName, name),
      description: `cdk-realtime network ${this.networkName}: ${content}`,
      env: { region },
    });
  }

  private importZone(stack: Stack, { zoneName, hostedZoneId }: RealtimeDomain): IHostedZone {
    const [home = ''] = this.regions;
    return HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
      zoneName,
      hostedZoneId: hostedZoneId ?? NetworkZone.idFrom(stackName(this.networkName, 'global'), home),
    });
  }

  private regionContextOf(region: string): RegionContext {
    const { formerRegions = [], domain, encryptionKeyId } = this.props;
    const others = this.regions.filter((other) => other !== region);
    const quotas = (others.length === 0 ? [region] : others).map((other) => this.quotaOf(other));
    return {
      networkName: this.networkName,
      region,
      regions: this.regions,
      formerRegions,
      tables: this.tableNames(),
      connectQuota: Math.min(...quotas),
      domain: domain?.domainName,
      encryptionKeyId,
    };
  }

  private tableNames(): NetworkTableNames {
    const { tables } = this.props;
    return {
      connectionsTableName: partName(this.networkName, 'connections'),
      messagesTableName: tables?.messagesTableName ?? partName(this.networkName, 'messages'),
      channelsTableName: tables?.channelsTableName ?? partName(this.networkName, 'channels'),
    };
  }

  private optionsOf(region: string): RealtimeRegionOptions {
    return { ...this.props.defaults, ...this.props.overrides?.[region] };
  }

  private quotaOf(region: string): number {
    return this.optionsOf(region).connectQuota ?? DEFAULT_CONNECT_QUOTA;
  }
}

interface CertificateOptions {
  readonly domainName: string;
  readonly zone: IHostedZone;
  readonly certificateArn: string | undefined;
}

/** The existing certificate of a region, or a new one. */
function certificateIn(stack: Stack, { domainName, zone, certificateArn }: CertificateOptions): ICertificate {
  if (certificateArn !== undefined) return Certificate.fromCertificateArn(stack, 'Certificate', certificateArn);
  return new Certificate(stack, 'Certificate', {
    domainName: `*.${domainName}`,
    validation: CertificateValidation.fromDns(zone),
  });
}
