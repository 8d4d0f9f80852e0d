// When each call of an AWS API and each invocation began and ended, as the local cloud sees them.
import type { AwsCall } from '../../local/faults/call-hooks';
import type { Rig } from '../rig/cloud';

/** Something that took time. Milliseconds since 1970, with fractions. */
export interface Span {
  /** `dynamodb PutItem`, `apigateway POST`, `sqs SendMessageBatch`; of invocations, the function's role. */
  readonly what: string;
  readonly begin: number;
  readonly end: number;
}

export type Role = 'connect' | 'message' | 'fanout';

/** The role of a function of ours by its name: `Ours-RealtimeFunctionsMessage-…`, cut at some length. */
export function roleOf(name: string): Role | undefined {
  const role = /Functions(Connect|Message|Fanout)/.exec(name)?.[1]?.toLowerCase();
  return role as Role | undefined;
}

/** The same clock in all processes of this machine. */
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

  /** What ended since the last time. */
  public take(): { readonly calls: readonly Span[]; readonly invocations: readonly Span[] } {
    const taken = { calls: this.calls, invocations: this.invocations };
    this.calls = [];
    this.invocations = [];
    return taken;
  }
}
