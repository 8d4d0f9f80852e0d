import { AWS_MANAGED_POLICIES } from './managed-policies';
import { evaluate, type Right, type Verdict } from './policy';

export type { Right, Verdict } from './policy';

/** Policies of a role. */
export interface RoleConfig {
  /** Documents of its inline policies. */
  readonly policies: readonly unknown[];
  readonly managedPolicyArns: readonly string[];
}

/** Document of an unknown managed policy: a call that AWS allows must not fail here. */
const EVERYTHING = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

/** IAM: roles and their policies. Global. Evaluates identity policies; resource policies are ignored. */
export class IamService {
  private readonly roles = new Map<string, RoleConfig>();
  private readonly managedPolicies = new Map<string, unknown>(AWS_MANAGED_POLICIES);
  /** Documents of policies that name their roles, by role. They can be created before the role. */
  private readonly attached = new Map<string, unknown[]>();
  /** Cache of verdicts by role: many calls need the same few rights. */
  private readonly verdicts = new Map<string, Map<string, Verdict>>();

  public addRole(arn: string, role: RoleConfig): void {
    this.roles.set(nameOfRole(arn), role);
    this.verdicts.clear();
  }

  public addManagedPolicy(arn: string, document: unknown): void {
    this.managedPolicies.set(arn, document);
    this.verdicts.clear();
  }

  /** Attaches a policy to roles of an account. */
  public attach(accountId: string, roleNames: readonly string[], document: unknown): void {
    for (const name of roleNames.map((one) => `${accountId}/${one}`)) {
      this.attached.set(name, [...(this.attached.get(name) ?? []), document]);
    }
    this.verdicts.clear();
  }

  /** Whether the role was created in this cloud. The policies of any other role are unknown. */
  public hasRole(arn: string): boolean {
    return this.roles.has(nameOfRole(arn));
  }

  public hasManagedPolicy(arn: string): boolean {
    return this.managedPolicies.has(arn);
  }

  /**
   * Whether a role has a right.
   *
   * @param region region of the call
   */
  public verdict(roleArn: string, region: string, right: Right): Verdict {
    const cacheKey = `${region} ${right.action} ${right.resource}`;
    const known = this.verdicts.get(roleArn) ?? new Map<string, Verdict>();
    const before = known.get(cacheKey);
    if (before !== undefined) return before;
    const context = {
      'aws:principalaccount': accountOfRole(roleArn),
      'aws:principalarn': roleArn,
      'aws:requestedregion': region,
      // Connections to AWS are encrypted; the local cloud's plain HTTP stands for them.
      'aws:securetransport': 'true',
    };
    const documents = this.documentsOf(roleArn);
    const verdict = documents === undefined ? 'allowed' : evaluate(documents, right, context);
    this.verdicts.set(roleArn, known.set(cacheKey, verdict));
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

/** Role names are unique in an account, independently of their path. */
function nameOfRole(arn: string): string {
  return `${accountOfRole(arn)}/${arn.split('/').at(-1) ?? ''}`;
}
