import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Says why a role's right on an ARN with a wildcard is as narrow as it can be. cdk-nag 3 wants that said of each ARN by
 * itself, with references written `<LogicalId>`, so that no other wildcard passes unseen.
 */
export function acknowledgeWildcard(role: IConstruct, arn: string, reason: string): void {
  const resolved = Stack.of(role).resolve(arn) as ResolvedArn;
  // What Validations.acknowledge() writes; itself it refuses an id with several `::` in aws-cdk-lib 2.257, our oldest.
  const id = `Annotation::AwsSolutions-IAM5[Resource::${flat(resolved)}]`;
  role.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, { [id]: reason });
}

/** What the CDK makes of an ARN: a text, a reference, or several of them joined. */
type ResolvedArn = string | { readonly Ref: string } | { readonly 'Fn::Join': readonly [string, ResolvedArn[]] };

function flat(value: ResolvedArn): string {
  if (typeof value === 'string') return value;
  return 'Ref' in value ? `<${value.Ref}>` : value['Fn::Join'][1].map(flat).join(value['Fn::Join'][0]);
}
