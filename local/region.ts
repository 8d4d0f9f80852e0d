import path from 'node:path';
import { ApiGatewayService, type GatewayLimits } from './apigateway';
import { CallWatch } from './calls';
import type { Clock } from './clock';
import { type DynamoDbEngine, DynamoDbService } from './dynamodb';
import { Endpoint } from './endpoint';
import { LambdaService } from './lambda';
import type { Services } from './resources/services';
import type { Route53Service } from './route53';
import { SecretsManagerService } from './secretsmanager';
import { SqsService } from './sqs';
import type { CloudLog } from './types';

export interface RegionOptions {
  readonly region: string;
  readonly accountId: string;
  readonly port: number;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly route53: Route53Service;
  readonly dataDir?: string;
  readonly startEngine: (dataDir: string | undefined) => Promise<DynamoDbEngine>;
  readonly log: (log: CloudLog) => void;
}

/** One region: its services, and the server by which they are reached. */
export class Region {
  public readonly region: string;
  /** Whether every resource is there; before that, the server answers that it is still starting. */
  public isOpen = false;

  private constructor(
    options: RegionOptions,
    public readonly endpoint: string,
    private readonly server: Endpoint,
    public readonly services: Services,
    private readonly starts: readonly (() => void)[],
    private readonly stops: readonly (() => void)[],
  ) {
    this.region = options.region;
  }

  /** Starts the services. Their resources come later, from templates. */
  public static async start(options: RegionOptions): Promise<Region> {
    const { region, accountId, clock, limits, log } = options;
    const dataDir = options.dataDir === undefined ? undefined : path.join(options.dataDir, region);
    // The server comes first: services need its address.
    const made: { region?: Region } = {};
    const server = new Endpoint(
      () => (made.region?.isOpen === true ? made.region.services : undefined),
      (error) => {
        log({ region, source: 'endpoint', level: 'error', message: describe(error), time: clock.now() });
      },
    );
    const endpoint = await server.listen(options.port);
    const engine = await options
      .startEngine(dataDir === undefined ? undefined : path.join(dataDir, 'dynamodb'))
      .catch(async (error: unknown) => {
        await server.stop();
        throw error;
      });
    const lambda = new LambdaService({ region, accountId, clock, endpoint: () => endpoint, log });
    const stops: (() => void)[] = [];
    const starts: (() => void)[] = [];
    const services: Services = {
      lambda,
      apigateway: new ApiGatewayService({ region, accountId, clock, invoker: lambda, limits, log }),
      dynamodb: new DynamoDbService(engine, clock),
      route53: options.route53,
      secrets: new SecretsManagerService(dataDir),
      sqs: new SqsService({ region, accountId, clock, baseUrl: () => endpoint }),
      calls: new CallWatch(),
      log,
      onStart: (start) => starts.push(start),
      onStop: (stop) => stops.push(stop),
    };
    made.region = new Region(options, endpoint, server, services, starts, stops);
    return made.region;
  }

  /** Lets requests in and pollers poll, once every resource is there. */
  public open(): void {
    this.isOpen = true;
    for (const start of this.starts) start();
  }

  public async stop(): Promise<void> {
    for (const stop of this.stops) stop();
    const { apigateway, lambda, sqs, dynamodb, secrets } = this.services;
    // Connections first, so that their $disconnect still finds its function; then the functions, then what they use.
    await apigateway.stop();
    await lambda.stop();
    await sqs.stop();
    await this.server.stop();
    await dynamodb.stop();
    await secrets.stop();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
