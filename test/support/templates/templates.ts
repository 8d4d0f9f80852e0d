import { App, type AppProps, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Namespace, RealtimeApi, type RealtimeApiProps } from '../../../lib';

/** A stack `Test` with one backend, `Realtime`. */
export function realtimeStack(
  props: Partial<RealtimeApiProps> = {},
  stackProps: StackProps = { env: { region: 'eu-west-1' } },
  appProps: AppProps = {},
): { readonly app: App; readonly stack: Stack; readonly realtime: RealtimeApi; readonly template: () => Template } {
  const app = new App({ treeMetadata: false, ...appProps });
  const stack = new Stack(app, 'Test', stackProps);
  const realtime = new RealtimeApi(stack, 'Realtime', { namespaces: [Namespace.durable('chat')], ...props });
  return { app, stack, realtime, template: () => Template.fromStack(stack) };
}

/** The template of a backend with these props. */
export function realtimeTemplate(props: Partial<RealtimeApiProps> = {}): Template {
  return realtimeStack(props).template();
}

/** A template's resources of one type, by logical id. */
export function resources(template: Template, type: string): [id: string, resource: Record<string, any>][] {
  return Object.entries(template.findResources(type));
}

/** The properties of a template's only resource of a type whose id matches. */
export function only(template: Template, type: string, fits: (id: string) => boolean = () => true): any {
  const found = resources(template, type).filter(([id]) => fits(id));
  if (found.length !== 1) throw new Error(`${found.length} of ${type}: ${found.map(([id]) => id).join(', ')}`);
  return found[0]?.[1].Properties;
}

/** A template value as text: joined, with references as `${Name}` or `${Name.Attribute}`, without hashes. */
export function readable(value: any): string {
  if (typeof value === 'string') return value;
  if (value.Ref !== undefined) return `\${${withoutHash(value.Ref)}}`;
  if (value['Fn::GetAtt'] !== undefined) {
    const [id, attribute] = value['Fn::GetAtt'];
    return `\${${withoutHash(id)}.${attribute}}`;
  }
  if (value['Fn::Join'] !== undefined) return value['Fn::Join'][1].map(readable).join(value['Fn::Join'][0]);
  return JSON.stringify(value);
}

/** A logical id without the hash that the CDK appends. */
export function withoutHash(id: string): string {
  return id.replace(/[0-9A-F]{8}$/, '');
}

/** Permissions of each role of a template: `action on resource`, or `action on resource if condition`, sorted. */
export function allowed(template: Template): Record<string, string[]> {
  const list = (value: any): any[] => (Array.isArray(value) ? value : [value]);
  return Object.fromEntries(
    resources(template, 'AWS::IAM::Role').map(([id, { Properties }]) => {
      const statements = (Properties.Policies ?? []).flatMap((policy: any) => policy.PolicyDocument.Statement);
      const permissions = statements.flatMap(({ Effect, Action, Resource, Condition }: any) =>
        list(Action).flatMap((action) =>
          list(Resource).map((resource) => {
            const on = `${Effect === 'Allow' ? '' : `${Effect} `}${action} on ${readable(resource)}`;
            return Condition === undefined ? on : `${on} if ${JSON.stringify(Condition)}`;
          }),
        ),
      );
      return [withoutHash(id), permissions.sort()];
    }),
  );
}
