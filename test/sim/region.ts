// One region: its tables, its gateway, its functions, made of the adapters and the core that are deployed.
import { DynamoDbConnectionStore } from '../../lambda/adapters/connection-store';
import { DynamoDbIdempotencyStore } from '../../lambda/adapters/idempotency-store';
import { DynamoDbLogStore } from '../../lambda/adapters/log-store';
import { SqsPublishQueue } from '../../lambda/adapters/publish-queue';
import type { ActionDeps } from '../../lambda/core/actions';
import { type HttpRequest, publishHttp } from '../../lambda/core/http-publish';
import type { Identity } from '../../lambda/core/capability';
import type { IdempotentDeps } from '../../lambda/core/idempotency';
import { TailHints } from '../../lambda/core/log';
import { readNamespaces } from '../../lambda/core/namespaces';
import type { Poster } from '../../lambda/core/ports';
import type { PublishOk } from '../../protocol';
import { simDocumentClient } from './document-client';
import { SimGateway } from './gateway';
import { SimQueue } from './queue';
import { type Instance, type Outcome, SimFunction } from './instance';
import { SimTable } from './table';
import type { World } from './world';

const CONNECTIONS = 'connections';
const MESSAGES = 'messages';

type HttpDeps = ActionDeps & IdempotentDeps;

export class SimRegion {
  public readonly messages: SimTable;
  public readonly gateway: SimGateway;
  private readonly connections: SimTable;
  private readonly publishFunction: SimFunction<HttpDeps>;
  private readonly queue: SimQueue;

  public constructor(
    private readonly world: World,
    public readonly name: string,
  ) {
    const { kernel, random, faults } = world;
    this.connections = new SimTable(kernel, random.fork(), faults, `${CONNECTIONS}@${name}`);
    this.messages = new SimTable(kernel, random.fork(), faults, `${MESSAGES}@${name}`);
    this.gateway = new SimGateway(world, name, {
      action: (instance) => this.actionDeps(instance),
      connections: (instance) => new DynamoDbConnectionStore(this.client(instance), CONNECTIONS),
    });
    this.queue = new SimQueue(world, name, (instance) => this.actionDeps(instance));
    this.publishFunction = new SimFunction(world, name, 'publish', 25_000, (instance) => ({
      ...this.actionDeps(instance),
      idempotency: new DynamoDbIdempotencyStore(this.client(instance), MESSAGES),
      // Long enough for the few texts of a schedule, and readable in a trace.
      digest: (text) => text,
    }));
  }

  /** `POST /v1/channels/{channel}/messages`. */
  public publish(identity: Identity, request: HttpRequest): Promise<Outcome<PublishOk>> {
    // With a key, every request is exact.
    return this.publishFunction.invoke((deps, deadline) => publishHttp(deps, identity, request, deadline), true);
  }

  private client(instance: Instance): ReturnType<typeof simDocumentClient> {
    return simDocumentClient(instance, { [CONNECTIONS]: this.connections, [MESSAGES]: this.messages });
  }

  private actionDeps(instance: Instance): ActionDeps {
    const { world } = this;
    const { retention, ordering } = world.plan;
    const client = this.client(instance);
    const nothing = (): void => undefined;
    const log = {
      info: nothing,
      warn: nothing,
      error: (message: string, fields?: Readonly<Record<string, unknown>>): void => {
        world.serverError(message, fields);
      },
    };
    return {
      connections: new DynamoDbConnectionStore(client, CONNECTIONS),
      logs: new DynamoDbLogStore(client, MESSAGES),
      hints: new TailHints(),
      namespaces: readNamespaces(JSON.stringify({ chat: { kind: 'durable', retention: retention / 1000, ordering } })),
      origin: this.name,
      origins: world.plan.regions,
      poster: this.poster(instance),
      runtime: instance.runtime,
      queue: new SqsPublishQueue(
        () => Promise.resolve(this.queue.client(instance)),
        () => 'publish.fifo',
        log,
      ),
      log,
    };
  }

  private poster(instance: Instance): Poster {
    const { faults, random } = this.world;
    return {
      post: (id, frame) => {
        const latency = faults.strikes('post-slow', id) ? random.between(500, 2_900) : random.between(4, 40);
        return instance.step(latency, `post ${id}`, () => this.gateway.post(id, frame));
      },
    };
  }
}
