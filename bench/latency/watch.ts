// Begin and end of each AWS API call and of each invocation, at the local cloud.
import type { AwsCall } from '../../local/faults/call-hooks';
import type { Rig } from '../rig/cloud';

/** An interval. Milliseconds since 1970, with fractions. */
export interface Span {
  /** For calls, service and operation, such as `dynamodb PutItem` or `apigateway POST`; for invocations, the function's role. */
  readonly what: string;
  readonly begin: number;
  readonly end: number;
}

export type Role = 'connect' | 'message' | 'fanout';

/** The role of one of our functions by its name: `Ours-RealtimeFunctionsMessage-…`, possibly truncated. */
export function roleOf(name: string): Role | undefined {
  const role = /Functions(Connect|Message|Fanout)/.exec(name)?.[1]?.toLowerCase();
  return role as Role | undefined;
}

/** A clock that all processes of this machine share. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

export class Watch {
  private calls: Span[] = [];
  private invocations: Span[] = [];

  public constructor(rig: Rig) {
    const { callHooks, lambda } = rig.region.services;
    const onCall = callHooks.onCall;
    const begun = new WeakMap<AwsCall, number>();
    callHooks.onCall = (call, phase) => {
      if (phase === 'before') begun.set(call, now());
      else {
        const what = `${call.service} ${call.operation}`;
        this.calls.push({ what, begin: begun.get(call) ?? Number.NaN, end: now() });
      }
      return onCall(call, phase);
    };
    const invoke = lambda.invoke.bind(lambda);
    lambda.invoke = async (name, event) => {
      const begin = now();
      const result = await invoke(name, event);
      const found = lambda.find(name)?.config.name ?? name;
      this.invocations.push({ what: roleOf(found) ?? found, begin, end: now() });
      return result;
    };
  }

  /** Calls and invocations that ended since the last call of this method. */
  public take(): { readonly calls: readonly Span[]; readonly invocations: readonly Span[] } {
    const taken = { calls: this.calls, invocations: this.invocations };
    this.calls = [];
    this.invocations = [];
    return taken;
  }
}
