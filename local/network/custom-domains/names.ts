import { Resolver } from '../../cloudformation/assembly/intrinsics';
import type { AssemblyStack } from '../../cloudformation/assembly/reader';
import { LocalError } from '../../support/errors';
import { normalName } from '../../services/route53';

/**
 * Custom domain names of APIs, before their resources are made: functions that come first have them in their environments. A
 * wildcard's are those of records that it covers. Names that only resources will tell are not known.
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
