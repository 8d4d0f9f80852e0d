// Injected faults of a region's services: delays, errors and throttling. They apply to calls over HTTP and to calls between
// services: API Gateway to functions, and event source mappings to queues and functions.
import type { Clock } from '../support/clock';
import type { Random } from '../support/random';
import type { AwsResponse, FunctionInvoker } from '../types';

/** Services with injectable faults. `callbacks` is the `@connections` API. */
export const FAULTY_SERVICES = ['dynamodb', 'sqs', 'lambda', 'secretsmanager', 'callbacks'] as const;
export type FaultyService = (typeof FAULTY_SERVICES)[number];

export interface ServiceFault {
  /** Delay of each call. Milliseconds. @default 0 */
  readonly slow?: number;
  /** Fraction of calls that fail with a server error, 0 to 1. @default 0 */
  readonly fail?: number;
  /** Fraction of calls that are throttled, 0 to 1. @default 0 */
  readonly throttle?: number;
}

/** Status and error name of each service's throttling errors and server errors. */
const ERRORS: Readonly<
  Record<FaultyService, { readonly throttle: [number, string]; readonly fail: [number, string] }>
> = {
  dynamodb: { throttle: [400, 'ThrottlingException'], fail: [500, 'InternalServerError'] },
  sqs: { throttle: [403, 'RequestThrottled'], fail: [500, 'InternalFailure'] },
  lambda: { throttle: [429, 'TooManyRequestsException'], fail: [500, 'ServiceException'] },
  secretsmanager: { throttle: [400, 'ThrottlingException'], fail: [500, 'InternalServiceError'] },
  callbacks: { throttle: [429, 'LimitExceededException'], fail: [500, 'InternalServerErrorException'] },
};

const MESSAGE = 'Fault injected by the switchboard of the local cloud.';

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

  /** Applies the fault of a service to one call: waits for the delay, and returns the injected error, if any. */
  public async apply(service: FaultyService): Promise<AwsResponse | undefined> {
    const fault = await this.draw(service);
    return fault === undefined ? undefined : failure(...ERRORS[service][fault]);
  }

  /** Waits for the delay of a call, and draws whether it fails. */
  public async draw(service: FaultyService): Promise<'fail' | 'throttle' | undefined> {
    const fault = this.faults.get(service);
    if (fault === undefined) return undefined;
    const { slow = 0, fail = 0, throttle = 0 } = fault;
    if (slow > 0) await new Promise<void>((resolve) => this.clock.after(slow, resolve));
    if (this.random() < throttle) return 'throttle';
    return this.random() < fail ? 'fail' : undefined;
  }

  /** Wraps the function invoker of other services with the faults of Lambda. */
  public wrapInvoker(invoker: FunctionInvoker): FunctionInvoker {
    return {
      invoke: async (nameOrArn, event) => {
        const fault = await this.draw('lambda');
        if (fault === 'throttle') return { payload: null, throttled: true };
        if (fault === undefined) return invoker.invoke(nameOrArn, event);
        return { payload: null, error: { errorType: 'ServiceException', errorMessage: MESSAGE } };
      },
    };
  }
}

function failure(status: number, name: string): AwsResponse {
  const body = JSON.stringify({ __type: name, message: MESSAGE });
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': name }, body };
}
