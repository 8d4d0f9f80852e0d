import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Acknowledges the cdk-nag finding on a role's permission for an ARN with a wildcard. cdk-nag 3 wants an acknowledgement for each
 * ARN, with references written as `<LogicalId>`, so that other wildcards are still found.
 *
 * @param reason why the ARN can't be narrower
 */
export function acknowledgeWildcard(role: IConstruct, arn: string, reason: string): void {
  const resolved = Stack.of(role).resolve(arn) as ResolvedArn;
  // The metadata that Validations.acknowledge() writes. In aws-cdk-lib 2.257, our minimum, it rejects ids with more than one `::`.
  const id = `Annotation::AwsSolutions-IAM5[Resource::${flatten(resolved)}]`;
  role.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, { [id]: reason });
}

/** A resolved ARN: a string, a reference, or several of them joined. */
type ResolvedArn = string | { readonly Ref: string } | { readonly 'Fn::Join': readonly [string, ResolvedArn[]] };

function flatten(value: ResolvedArn): string {
  if (typeof value === 'string') return value;
  return 'Ref' in value ? `<${value.Ref}>` : value['Fn::Join'][1].map(flatten).join(value['Fn::Join'][0]);
}
