// A region's API Gateway WebSocket API: connections, routes, posts to connections.
import { dispatch } from '../../lambda/core/dispatch';
import type { DispatchDeps } from '../../lambda/core/dispatch';
import type { Identity } from '../../lambda/core/auth/capabilities';
import { API_GATEWAY_LIMITS } from '../../lambda/adapters/api-gateway/limits';
import { connectionOf } from '../../lambda/core/connections/connection-lifetime';
import type { DeliveryOutcome, TransportEvents } from '../../lambda/core/connections/transport';
import { utf8Length } from '../../protocol';
import { type Instance, SimFunction } from './instance';
import type { Scheduled } from '../../load/simulation/kernel';
import type { Link } from './link';
import type { RegionStatus, WorldServices } from './world-services';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const IDLE = 600_000;
const MAX_DURATION = 7_200_000;
const MAX_MESSAGE = 128 * 1024;
const INTEGRATION_TIMEOUT = 29_000;
/** Longest time in which all posts of the account are throttled. Milliseconds. */
const MAX_ACCOUNT_THROTTLE = 5_000;

interface Connection {
  readonly id: string;
  readonly identity: Identity;
  readonly connectedAt: number;
  readonly link: Link;
  idle: Scheduled;
  readonly end: Scheduled;
}

/** Creates the dependencies of the routes' functions, in every instance. */
export interface MakeDeps {
  readonly action: (instance: Instance) => DispatchDeps;
  readonly connections: (instance: Instance) => TransportEvents;
}

export class SimGateway {
  private readonly connections = new Map<string, Connection>();
  private readonly connectFunction: SimFunction<TransportEvents>;
  private readonly disconnectFunction: SimFunction<TransportEvents>;
  private readonly messageFunction: SimFunction<DispatchDeps>;

  public constructor(
    private readonly world: WorldServices,
    private readonly region: RegionStatus,
    make: MakeDeps,
  ) {
    this.connectFunction = new SimFunction(world, region, {
      name: 'connect',
      timeout: 10_000,
      makeDeps: make.connections,
    });
    this.disconnectFunction = new SimFunction(world, region, {
      name: 'disconnect',
      timeout: 10_000,
      makeDeps: make.connections,
    });
    this.messageFunction = new SimFunction(world, region, { name: 'message', timeout: 25_000, makeDeps: make.action });
  }

  /** Runs the authorizer and `$connect`. Returns the connection's id, or undefined when it is rejected. */
  public async connect(link: Link, identity: Identity): Promise<string | undefined> {
    const { kernel } = this.world;
    const connectedAt = Math.floor(kernel.now());
    if (this.region.isDown) return undefined;
    if (identity.expires * 1000 <= connectedAt) return undefined;
    // Above the account's quota of new connections, `$connect` is answered with 429; with 5xx when API Gateway itself fails.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
    if (this.world.faults.occurs('connect-refused', identity.clientId)) return undefined;
    const id = this.world.newId('c');
    const { value } = {
      value: undefined,
      ...(await this.connectFunction.invoke((events) =>
        events.connect({ id, connectedAt, identity }).then(() => true),
      )),
    };
    if (value !== true || !link.isOpen) return undefined;
    const end = kernel.after(MAX_DURATION, () => {
      this.world.faults.count('connection-limit-closed', id);
      this.close(id);
    });
    this.connections.set(id, { id, identity, connectedAt, link, end, idle: this.startIdle(id) });
    return id;
  }

  /** Receives a frame from a client. */
  public async receive(id: string, text: string): Promise<void> {
    const connection = this.connections.get(id);
    if (connection === undefined || this.region.isDown) return;
    this.touch(connection);
    const { identity, connectedAt } = connection;
    if (text === '{"action":"ping"}') {
      this.send(connection, '{"pong":true}');
      return;
    }
    const subscriber = connectionOf({ id, connectedAt, identity }, API_GATEWAY_LIMITS);
    const outcome = await this.withTimeout(
      this.messageFunction.invoke(
        (deps, deadline) => dispatch(deps, { identity, subscriber }, text, deadline),
        text.endsWith('"retry":true}'),
      ),
    );
    const reply =
      'value' in outcome ? JSON.stringify(outcome.value) : `{"message":"Internal server error","connectionId":"${id}"}`;
    this.send(connection, reply);
  }

  /** Posts to a connection, at the time at which the post takes effect. */
  public post(id: string, frame: string): DeliveryOutcome {
    const { region } = this;
    const { faults, kernel } = this.world;
    const connection = this.connections.get(id);
    if (region.isDown) return 'failed';
    if (connection === undefined) {
      faults.count('post-to-closed-connection', id);
      return 'gone';
    }
    // The quota of requests is that of the account in the region.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    if (faults.occurs('account-posts-throttled', id))
      region.postsThrottledUntil = kernel.now() + faults.between(200, MAX_ACCOUNT_THROTTLE);
    if (kernel.now() < region.postsThrottledUntil || faults.occurs('post-throttled', id)) return 'throttled';
    if (faults.occurs('post-failed', id)) return 'failed';
    if (faults.occurs('post-false-gone', id)) return 'gone';
    this.touch(connection);
    this.send(connection, frame);
    if (faults.occurs('post-delivered-twice', id)) this.send(connection, frame);
    return faults.occurs('post-answer-lost', id) ? 'failed' : 'delivered';
  }

  /** The socket has ended: runs `$disconnect`, which AWS calls on a best-effort basis. */
  public lost(id: string): void {
    const connection = this.connections.get(id);
    if (connection === undefined) return;
    this.connections.delete(id);
    this.world.kernel.cancel(connection.idle);
    this.world.kernel.cancel(connection.end);
    if (this.world.faults.occurs('disconnect-lost', id)) return;
    void this.disconnectFunction.invoke((events) => events.close(id));
  }

  /** Breaks every connection, half of them without a close. */
  public breakAll(): void {
    for (const { link } of [...this.connections.values()]) {
      if (this.world.random.chance(0.5)) link.reset();
      else link.becomeHalfOpen();
    }
  }

  private close(id: string): void {
    this.connections.get(id)?.link.closeByServer();
  }

  private send(connection: Connection, text: string): void {
    const bytes = utf8Length(text);
    if (bytes > MAX_MESSAGE) throw new Error(`a frame of ${bytes} bytes is above the limit of ${MAX_MESSAGE}`);
    connection.link.sendToClient(text);
  }

  private touch(connection: Connection): void {
    this.world.kernel.cancel(connection.idle);
    connection.idle = this.startIdle(connection.id);
  }

  private startIdle(id: string): Scheduled {
    return this.world.kernel.after(IDLE, () => {
      this.world.faults.count('connection-idle-closed', id);
      this.close(id);
    });
  }

  private withTimeout<T>(work: Promise<T>): Promise<T | { readonly failed: string }> {
    return Promise.race([
      work,
      this.world.kernel.sleep(INTEGRATION_TIMEOUT).then(() => ({ failed: 'integration timeout' })),
    ]);
  }
}
