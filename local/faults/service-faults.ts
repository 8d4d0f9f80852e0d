// What is wrong with a region's services: slow, failing, or throttling. For calls by HTTP, of functions and others, and for what
// services ask of each other: API Gateway of a function, a poller of its queue and its function.
import type { Clock } from '../support/clock';
import type { Random } from '../support/random';
import type { AwsResponse, FunctionInvoker } from '../types';

/** The services that can be disturbed; `callbacks` are posts to connections. */
export const FAULTY_SERVICES = ['dynamodb', 'sqs', 'lambda', 'secretsmanager', 'callbacks'] as const;
export type FaultyService = (typeof FAULTY_SERVICES)[number];

export interface ServiceFault {
  /** Milliseconds that each call waits. @default 0 */
  readonly slow?: number;
  /** Share of calls that fail with a server error, 0 to 1. @default 0 */
  readonly fail?: number;
  /** Share of calls that are throttled, 0 to 1. @default 0 */
  readonly throttle?: number;
}

/** How each service says that a call was throttled, and that it failed itself. */
const ERRORS: Readonly<
  Record<FaultyService, { readonly throttle: [number, string]; readonly fail: [number, string] }>
> = {
  dynamodb: { throttle: [400, 'ThrottlingException'], fail: [500, 'InternalServerError'] },
  sqs: { throttle: [403, 'RequestThrottled'], fail: [500, 'InternalFailure'] },
  lambda: { throttle: [429, 'TooManyRequestsException'], fail: [500, 'ServiceException'] },
  secretsmanager: { throttle: [400, 'ThrottlingException'], fail: [500, 'InternalServiceError'] },
  callbacks: { throttle: [429, 'LimitExceededException'], fail: [500, 'InternalServerErrorException'] },
};

const WHY = 'The switchboard of the local cloud wants it so.';

/** The faults of one region's services. */
export class ServiceFaults {
  private readonly faults = new Map<FaultyService, ServiceFault>();

  public constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  public get all(): ReadonlyMap<FaultyService, ServiceFault> {
    return this.faults;
  }

  public set(service: FaultyService, fault: ServiceFault): void {
    this.faults.set(service, fault);
  }

  public clear(service?: FaultyService): void {
    if (service === undefined) this.faults.clear();
    else this.faults.delete(service);
  }

  /** Lets a call meet the fault of its service: waits, and returns the error that it gets instead of an answer. */
  public async apply(service: FaultyService): Promise<AwsResponse | undefined> {
    const met = await this.draw(service);
    return met === undefined ? undefined : failure(...ERRORS[service][met]);
  }

  /** Waits as long as a call of the service waits, and returns what becomes of it, if anything. */
  public async draw(service: FaultyService): Promise<'fail' | 'throttle' | undefined> {
    const fault = this.faults.get(service);
    if (fault === undefined) return undefined;
    const { slow = 0, fail = 0, throttle = 0 } = fault;
    if (slow > 0) await new Promise<void>((resolve) => this.clock.after(slow, resolve));
    if (this.random() < throttle) return 'throttle';
    return this.random() < fail ? 'fail' : undefined;
  }

  /** How other services call functions, which meets Lambda's faults. */
  public wrapInvoker(invoker: FunctionInvoker): FunctionInvoker {
    return {
      invoke: async (nameOrArn, event) => {
        const met = await this.draw('lambda');
        if (met === 'throttle') return { payload: null, throttled: true };
        if (met === undefined) return invoker.invoke(nameOrArn, event);
        return { payload: null, error: { errorType: 'ServiceException', errorMessage: WHY } };
      },
    };
  }
}

function failure(status: number, name: string): AwsResponse {
  const body = JSON.stringify({ __type: name, message: WHY });
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': name }, body };
}
