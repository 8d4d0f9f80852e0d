import type { Services } from '../registry';
import type { AwsRequest, AwsResponse } from '../../types';
import type { Right, Verdict } from './policy';
import { accountOfRole } from './';
import { accessDenied } from './access-denied';
import { type AuthorizedService, rightsOf } from './rights';

/** Who makes a call. */
export interface Caller {
  readonly region: string;
  readonly functionName: string;
}

/** The function that makes a call: its access key names it (local/services/lambda). Whoever else calls is nobody in particular. */
export function callerOf(authorization: string | undefined): Caller | undefined {
  const [, region, functionName] = /Credential=local\.([a-z0-9-]+)\.([\w-]+)\//.exec(authorization ?? '') ?? [];
  return region === undefined || functionName === undefined ? undefined : { region, functionName };
}

/** Lets functions do in one region what their roles allow, and others everything. */
export class AccessControl {
  /** Refusals that were told: once each, as a function may go on asking. */
  private readonly logged = new Set<string>();

  public constructor(private readonly region: string) {}

  /** The answer to a call that its caller may not make. */
  public check(
    caller: Caller | undefined,
    service: AuthorizedService,
    request: AwsRequest,
    services: Services,
  ): AwsResponse | undefined {
    if (caller === undefined) return undefined;
    const { iam } = services.global;
    const home = services.global.inRegion(caller.region);
    const role = home?.lambda.roleOf(caller.functionName);
    if (home === undefined || role === undefined || !iam.hasRole(role)) return undefined;
    const place = { region: this.region, accountId: accountOfRole(role), services };
    for (const right of rightsOf(service, request, place)) {
      const verdict = iam.verdict(role, this.region, right);
      if (verdict === 'allowed') continue;
      this.logDenial(home, caller, role, right, verdict);
      return accessDenied(service, { role, functionName: caller.functionName, right, verdict });
    }
    return undefined;
  }

  private logDenial(home: Services, { region, functionName }: Caller, role: string, right: Right, verdict: Verdict): void {
    const what = `${functionName} may not ${right.action} on ${right.resource}`;
    if (this.logged.has(`${region} ${what}`)) return;
    this.logged.add(`${region} ${what}`);
    const Resource = right.resource.replace('{connectionId}', '*');
    const statement = JSON.stringify({ Effect: 'Allow', Action: right.action, Resource });
    const remedy =
      verdict === 'denied' ? `a policy of its role denies it` : `its role ${role} needs a policy with ${statement}`;
    home.log({ region, source: 'iam', level: 'error', message: `${what}: ${remedy}`, time: home.now() });
  }
}
