import { Resolver } from '../../cloudformation/assembly/intrinsics';
import type { AssemblyStack } from '../../cloudformation/assembly/reader';
import { LocalError } from '../../support/errors';
import { normalName } from '../../services/route53';

/**
 * Custom domain names of APIs, read before resources are created, because environments of functions may contain them. A wildcard
 * stands for the names of the records that it covers. Names that depend on other resources are left out.
 */
export function customDomainNames(stacks: readonly AssemblyStack[]): ReadonlySet<string> {
  const domains = stacks.flatMap((stack) => statedNames(stack, 'AWS::ApiGatewayV2::DomainName', 'DomainName'));
  const records = stacks.flatMap((stack) => statedNames(stack, 'AWS::Route53::RecordSet', 'Name'));
  const covered = records.filter((name) => domains.includes(name.replace(/^[^.]+/, '*')));
  return new Set([...domains.filter((name) => !name.startsWith('*')), ...covered]);
}

function statedNames(stack: AssemblyStack, type: string, property: string): readonly string[] {
  const resolver = new Resolver({
    stack,
    exports: { byName: new Map(), byStack: new Map() },
    dynamic: (service, reference) => `{{resolve:${service}:${reference}}}`,
    rewrite: (text) => text,
  });
  return Object.entries(stack.template.Resources ?? {}).flatMap(([logicalId, resource]) => {
    if (resource.Type !== type) return [];
    try {
      const name = resolver.resolve(resource.Properties?.[property], logicalId);
      return typeof name === 'string' ? [normalName(name)] : [];
    } catch (error) {
      if (error instanceof LocalError) return [];
      throw error;
    }
  });
}
