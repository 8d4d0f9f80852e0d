// Calls between regions: their latency, and their data transfer.
import type { AwsCall } from '../faults/call-hooks';
import { roundTrip } from '../network/latency';
import type { Topology } from '../network/topology';
import type { Services } from '../services/registry';
import type { Clock } from '../support/clock';
import type { AwsRequest, AwsResponse } from '../types';

export interface RegionCrossingOptions {
  /** Region that is called. */
  readonly region: string;
  readonly topology: Topology;
  readonly clock: Clock;
}

/** A call and its answer, for the meter. */
export interface MeteredCall {
  readonly services: Services;
  /** Region of the caller. */
  readonly caller: string | undefined;
  readonly names: AwsCall;
  readonly request: AwsRequest;
  /** Undefined when the answer was lost. */
  readonly response: AwsResponse | undefined;
}

/** Calls that reach one region from the others. */
export class RegionCrossing {
  public constructor(private readonly options: RegionCrossingOptions) {}

  /** Waits for the round trip from the caller's region; false when the two regions do not reach each other. */
  public async arrives(caller: string | undefined): Promise<boolean> {
    const { region, topology, clock } = this.options;
    if (!this.isRemote(caller)) return true;
    if (!topology.reaches(caller, region)) return false;
    await new Promise<void>((resolve) => clock.after(roundTrip(caller, region), resolve));
    return topology.reaches(caller, region);
  }

  /** Adds the data transfer. The sending region pays: the caller's for the request, this one for the answer. */
  public meter({ services, caller, names, request, response }: MeteredCall): void {
    if (!this.isRemote(caller)) return;
    const { region } = this.options;
    const operation = `${names.service} ${names.operation}`;
    const add = (payer: Services | undefined, to: string, amount: number): void => {
      payer?.meter.add({
        service: 'datatransfer',
        unit: 'bytes to other regions',
        resource: to,
        operation,
        amount,
      });
    };
    add(services.global.inRegion(caller), region, request.body.length);
    add(services, caller, Buffer.byteLength(response?.body ?? ''));
  }

  private isRemote(caller: string | undefined): caller is string {
    return caller !== undefined && caller !== this.options.region;
  }
}
