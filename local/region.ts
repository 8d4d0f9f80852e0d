import path from 'node:path';
import { ApiGatewayService, type GatewayLimits } from './services/apigateway';
import { CallHooks } from './faults/call-hooks';
import type { Clock } from './support/clock';
import { type DynamoDbEngine, DynamoDbService } from './services/dynamodb';
import { Endpoint } from './endpoint';
import { LambdaService } from './services/lambda';
import type { Semaphore } from './services/lambda/semaphore';
import { Meter } from './metering';
import { seededRandom } from './support/random';
import type { GlobalServices, Services } from './services/registry';
import { SecretsManagerService } from './services/secretsmanager';
import { ServiceFaults } from './faults/service-faults';
import { CloudFormationService } from './services/cloudformation';
import { SqsService } from './services/sqs';
import type { CloudLog } from './types';

export interface RegionOptions {
  readonly region: string;
  readonly accountId: string;
  readonly port: number;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly global: GlobalServices;
  /** Seed of all randomness. */
  readonly seed: number;
  readonly dataDir?: string;
  /** See `LambdaOptions`. */
  readonly inits: Semaphore;
  readonly startEngine: (dataDir: string | undefined) => Promise<DynamoDbEngine>;
  readonly log: (log: CloudLog) => void;
}

interface RegionParts {
  readonly region: string;
  readonly endpoint: string;
  readonly server: Endpoint;
  readonly services: Services;
  /** Callbacks that run when every resource exists. */
  readonly starts: readonly (() => void)[];
  readonly stops: readonly (() => void)[];
}

/** One region: its services, and their HTTP server. */
export class Region {
  public readonly region: string;
  /** Whether every resource exists. Before that, the server answers with 503. */
  public isOpen = false;

  /** URL of the server. */
  public readonly endpoint: string;
  public readonly services: Services;

  private constructor(private readonly parts: RegionParts) {
    this.region = parts.region;
    this.endpoint = parts.endpoint;
    this.services = parts.services;
  }

  /** Starts the services. Stacks create their resources afterwards. */
  public static async start(options: RegionOptions): Promise<Region> {
    const { region, accountId, clock, limits, inits } = options;
    const log = (entry: CloudLog): void => {
      // A region that is down logs nothing.
      if (options.global.topology.isUp(region)) options.log(entry);
    };
    const dataDir = options.dataDir === undefined ? undefined : path.join(options.dataDir, region);
    // The server starts first: services need its address.
    const made: { region?: Region } = {};
    const server = new Endpoint({
      region,
      clock,
      topology: options.global.topology,
      services: () => (made.region?.isOpen === true ? made.region.services : undefined),
      onError: (error) => {
        log({ region, source: 'endpoint', level: 'error', message: describe(error), time: clock.now() });
      },
    });
    const endpoint = await server.listen(options.port);
    const engine = await options
      .startEngine(dataDir === undefined ? undefined : path.join(dataDir, 'dynamodb'))
      .catch(async (error: unknown) => {
        await server.stop();
        throw error;
      });
    const meter = new Meter();
    const lambda = new LambdaService({ region, accountId, clock, endpoint: () => endpoint, inits, log, meter });
    const faults = new ServiceFaults(clock, seededRandom(options.seed, `faults ${region}`));
    const stops: (() => void)[] = [];
    const starts: (() => void)[] = [];
    const services: Services = {
      lambda,
      meter,
      apigateway: new ApiGatewayService({
        region,
        accountId,
        clock,
        limits,
        log,
        meter,
        invoker: faults.wrapInvoker(lambda),
      }),
      cloudformation: new CloudFormationService(),
      dynamodb: new DynamoDbService(engine, clock, meter),
      global: options.global,
      faults,
      secrets: new SecretsManagerService(dataDir, meter),
      sqs: new SqsService({ region, accountId, clock, baseUrl: () => endpoint, meter }),
      callHooks: new CallHooks(),
      log,
      now: () => clock.now(),
      onStart: (start) => starts.push(start),
      onStop: (stop) => stops.push(stop),
    };
    made.region = new Region({ region, endpoint, server, services, starts, stops });
    return made.region;
  }

  /** Accepts requests and starts the pollers. Call it when every resource exists. */
  public open(): void {
    this.isOpen = true;
    for (const start of this.parts.starts) start();
  }

  public get isUp(): boolean {
    return this.services.global.topology.isUp(this.region);
  }

  /** Stops the region abruptly: sockets break without a close frame, functions end, queues pause. Tables keep their items. */
  public async goDown(): Promise<void> {
    const { apigateway, global, lambda, sqs } = this.services;
    if (!this.isUp) return;
    global.topology.setUp(this.region, false);
    apigateway.faults.isDown = true;
    for (const queue of sqs.all()) queue.isPaused = true;
    apigateway.terminateConnections();
    this.parts.server.terminateConnections();
    await lambda.suspend();
  }

  public comeUp(): void {
    const { apigateway, global, lambda, sqs } = this.services;
    if (this.isUp) return;
    apigateway.faults.isDown = false;
    lambda.resume();
    global.topology.setUp(this.region, true);
    for (const queue of sqs.all()) queue.isPaused = false;
    global.replication.release();
  }

  public async stop(): Promise<void> {
    for (const stop of this.parts.stops) stop();
    const { apigateway, lambda, sqs, dynamodb, secrets } = this.services;
    // Connections stop first, so that $disconnect still finds its function; then the functions, then the services they use.
    await apigateway.stop();
    await lambda.stop();
    await sqs.stop();
    await this.parts.server.stop();
    await dynamodb.stop();
    await secrets.stop();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
