// The local cloud as a target of the cases, over HTTP. The other target is DynamoDB Local.
import { CallHooks } from '../../local/faults/call-hooks';
import { DynamoDbService, startDynalite } from '../../local/services/dynamodb';
import { HttpCaller } from '../../local/services/dynamodb/http-caller';
import { Endpoint } from '../../local/endpoint';
import { Topology } from '../../local/network/topology';
import { ServiceFaults } from '../../local/faults/service-faults';
import type { Services } from '../../local/services/registry';
import { ShiftedClock } from '../support/shifted-clock';
import type { Target } from './run';

export interface RunningTarget extends Target {
  stop(): Promise<void>;
}

/** The local cloud's DynamoDB, over the endpoint that functions use. */
export async function startOurs(): Promise<RunningTarget> {
  const clock = new ShiftedClock();
  const service = new DynamoDbService(await startDynalite(), clock);
  // Cases sweep when they are ready for it.
  service.timeToLive.stop();
  const faults = new ServiceFaults(clock, () => 0);
  const endpoint = new Endpoint({
    region: 'eu-west-1',
    topology: new Topology(),
    clock,
    // The endpoint uses no other service.
    services: () => ({ dynamodb: service, callHooks: new CallHooks(), faults }) as unknown as Services,
    onError: (error) => {
      throw error;
    },
  });
  const url = await endpoint.listen(0);
  const caller = new HttpCaller(Number(new URL(url).port));
  return {
    call: (operation, body) => caller.call(operation, body),
    sweep: async (seconds) => {
      clock.shift = seconds * 1_000;
      await service.timeToLive.sweep();
      clock.shift = 0;
    },
    stop: async () => {
      caller.stop();
      await endpoint.stop();
      await service.stop();
    },
  };
}
