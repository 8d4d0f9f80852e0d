import { AWS_MANAGED_POLICIES } from './managed-policies';
import { evaluate, type Right, type Verdict } from './policy';

export type { Right, Verdict } from './policy';

/** What a role is made with. */
export interface RoleConfig {
  /** Documents of its inline policies. */
  readonly policies: readonly unknown[];
  readonly managedPolicyArns: readonly string[];
}

/** What a managed policy is taken for that nobody here knows: calls that AWS lets through must not be refused. */
const EVERYTHING = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

/** Roles and what they may do: IAM, which knows no regions. Only identity policies: resource policies are not judged. */
export class IamService {
  private readonly roles = new Map<string, RoleConfig>();
  private readonly managedPolicies = new Map<string, unknown>(AWS_MANAGED_POLICIES);
  /** Documents that policies attach to roles themselves, which may come before the role does. */
  private readonly attached = new Map<string, unknown[]>();
  /** Verdicts so far, by role: calls are many, and need few rights. */
  private readonly verdicts = new Map<string, Map<string, Verdict>>();

  public addRole(arn: string, role: RoleConfig): void {
    this.roles.set(nameOfRole(arn), role);
    this.verdicts.clear();
  }

  public addManagedPolicy(arn: string, document: unknown): void {
    this.managedPolicies.set(arn, document);
    this.verdicts.clear();
  }

  /** Gives roles of an account a policy. */
  public attach(accountId: string, roleNames: readonly string[], document: unknown): void {
    for (const name of roleNames.map((one) => `${accountId}/${one}`)) {
      this.attached.set(name, [...(this.attached.get(name) ?? []), document]);
    }
    this.verdicts.clear();
  }

  /** Whether a role is of this cloud. Of any other, nobody here knows what it may do. */
  public hasRole(arn: string): boolean {
    return this.roles.has(nameOfRole(arn));
  }

  public hasManagedPolicy(arn: string): boolean {
    return this.managedPolicies.has(arn);
  }

  /**
   * Whether a role may do something.
   *
   * @param region where it is done
   */
  public verdict(roleArn: string, region: string, right: Right): Verdict {
    const asked = `${region} ${right.action} ${right.resource}`;
    const known = this.verdicts.get(roleArn) ?? new Map<string, Verdict>();
    const before = known.get(asked);
    if (before !== undefined) return before;
    const context = {
      'aws:principalaccount': accountOfRole(roleArn),
      'aws:principalarn': roleArn,
      'aws:requestedregion': region,
      // The local cloud's own connections are not encrypted; those that they stand for are.
      'aws:securetransport': 'true',
    };
    const documents = this.documentsOf(roleArn);
    const verdict = documents === undefined ? 'allowed' : evaluate(documents, right, context);
    this.verdicts.set(roleArn, known.set(asked, verdict));
    return verdict;
  }

  private documentsOf(roleArn: string): readonly unknown[] | undefined {
    const name = nameOfRole(roleArn);
    const role = this.roles.get(name);
    if (role === undefined) return undefined;
    const managed = role.managedPolicyArns.map((arn) => this.managedPolicies.get(arn) ?? EVERYTHING);
    return [...role.policies, ...managed, ...(this.attached.get(name) ?? [])];
  }
}

export function accountOfRole(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** Names are unique in an account, whatever path a role has. */
function nameOfRole(arn: string): string {
  return `${accountOfRole(arn)}/${arn.split('/').at(-1) ?? ''}`;
}
