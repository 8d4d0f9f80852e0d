import type { Services } from '../registry';
import type { AwsRequest, AwsResponse } from '../../types';
import type { Right, Verdict } from './policy';
import { accountOfRole } from './';
import { accessDenied } from './access-denied';
import { type AuthorizedService, rightsOf } from './rights';

/** The function that makes a call. */
export interface Caller {
  readonly region: string;
  readonly functionName: string;
}

/** Identifies the calling function by its access key (local/services/lambda). Undefined for every other caller. */
export function callerOf(authorization: string | undefined): Caller | undefined {
  const [, region, functionName] = /Credential=local\.([a-z0-9-]+)\.([\w-]+)\//.exec(authorization ?? '') ?? [];
  return region === undefined || functionName === undefined ? undefined : { region, functionName };
}

/** Authorizes the calls to one region. Functions need a policy in their role; every other caller may do everything. */
export class AccessControl {
  /** Denials that are logged already: each is logged once, because functions retry. */
  private readonly logged = new Set<string>();

  public constructor(private readonly region: string) {}

  /** Returns the error of a denied call; undefined when the call is allowed. */
  public check(
    caller: Caller | undefined,
    service: AuthorizedService,
    request: AwsRequest,
    services: Services,
  ): AwsResponse | undefined {
    if (caller === undefined) return undefined;
    const { iam } = services.global;
    const callerServices = services.global.inRegion(caller.region);
    const role = callerServices?.lambda.roleOf(caller.functionName);
    if (callerServices === undefined || role === undefined || !iam.hasRole(role)) return undefined;
    const place = { region: this.region, accountId: accountOfRole(role), services };
    for (const right of rightsOf(service, request, place)) {
      const verdict = iam.verdict(role, this.region, right);
      if (verdict === 'allowed') continue;
      this.logDenial(callerServices, caller, { role, right, verdict });
      return accessDenied(service, { role, functionName: caller.functionName, right, verdict });
    }
    return undefined;
  }

  private logDenial(
    home: Services,
    { region, functionName }: Caller,
    { role, right, verdict }: { readonly role: string; readonly right: Right; readonly verdict: Verdict },
  ): void {
    const what = `${functionName} may not ${right.action} on ${right.resource}`;
    if (this.logged.has(`${region} ${what}`)) return;
    this.logged.add(`${region} ${what}`);
    const Resource = right.resource.replace('{connectionId}', '*');
    const statement = JSON.stringify({ Effect: 'Allow', Action: right.action, Resource });
    const remedy =
      verdict === 'denied' ? 'a policy of its role denies it' : `its role ${role} needs a policy with ${statement}`;
    home.log({ region, source: 'iam', level: 'error', message: `${what}: ${remedy}`, time: home.now() });
  }
}
