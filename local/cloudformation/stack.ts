import { type Exports, Resolver } from './assembly/intrinsics';
import { type AssemblyStack, stackId, type TemplateResource } from './assembly/reader';
import { references } from './assembly/references';
import { asText } from './assembly/text';
import type { Clock } from '../support/clock';
import { LocalError } from '../support/errors';
import { RESOURCE_TYPES } from './resources';
import { stableId } from './resources/naming';
import { NOTED, PASSIVE, passiveResource } from './resources/passive';
import type { Services } from '../services/registry';
import type { StackDescription, StackOutput, StackParameter, StackResource } from '../services/cloudformation';
import type { Resource, ResourceContext } from '../types';

/** A resource, or a part of one, that the local cloud does not emulate. */
export interface Unsupported {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** Effect on the resources that run. */
  readonly meaning: string;
}

export interface StackDeps {
  readonly services: Services;
  readonly clock: Clock;
  readonly exports: Exports;
  readonly rewrite: (text: string) => string;
  readonly unsupported: (one: Unsupported) => void;
}

/** A running stack. */
export interface RunningStack {
  readonly name: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The stack as CloudFormation describes it. */
  readonly description: StackDescription;
}

/** Creates a stack's resources in the order of their references, and resolves its outputs. */
export async function runStack(stack: AssemblyStack, deps: StackDeps): Promise<RunningStack> {
  const resolver = new Resolver({
    stack,
    exports: deps.exports,
    rewrite: deps.rewrite,
    dynamic: (service, reference) => dynamicReference(stack, deps.services, service, reference),
  });
  const { Resources: resources = {}, Metadata: metadata = {} } = stack.template;
  const createdAt = deps.clock.now();
  const created: StackResource[] = [];
  for (const logicalId of inOrder(stack, resources)) {
    const resource = resources[logicalId];
    if (resource === undefined) continue;
    if (resource.Condition !== undefined && !resolver.condition(resource.Condition, logicalId)) continue;
    const properties = resolver.resolve(resource.Properties ?? {}, logicalId) as Record<string, unknown>;
    const notes: string[] = [];
    const unsupported = (meaning: string): void => {
      notes.push(meaning);
      deps.unsupported({ stack: stack.name, logicalId, type: resource.Type, meaning });
    };
    const made = await createResource({ stack, logicalId, resource, properties, unsupported }, deps);
    resolver.add(logicalId, made);
    const note = notes.length === 0 ? undefined : notes.join('; ');
    created.push({ logicalId, physicalId: made.ref, type: resource.Type, unsupported: note });
  }
  const outputs = outputsOf(stack, resolver, deps.exports);
  return {
    name: stack.name,
    outputs: Object.fromEntries(outputs.map(({ name, value }) => [name, value])),
    metadata,
    description: {
      name: stack.name,
      id: stackId(stack),
      description: stack.template.Description,
      createdAt,
      parameters: parametersOf(stack),
      tags: stack.tags,
      outputs,
      resources: created,
    },
  };
}

/** Resolves the outputs of a stack, and exports them to later stacks. */
function outputsOf(stack: AssemblyStack, resolver: Resolver, exports: Exports): readonly StackOutput[] {
  const outputs: StackOutput[] = [];
  const values: Record<string, string> = {};
  for (const [name, output] of Object.entries(stack.template.Outputs ?? {})) {
    if (output.Condition !== undefined && !resolver.condition(output.Condition, name)) continue;
    const value = resolver.resolve(output.Value, `Outputs.${name}`);
    values[name] = typeof value === 'string' ? value : JSON.stringify(value);
    const exportName =
      output.Export === undefined ? undefined : String(resolver.resolve(output.Export.Name, `Outputs.${name}`));
    if (exportName !== undefined) exports.byName.set(`${stack.region}/${exportName}`, value);
    outputs.push({ name, value: values[name], description: output.Description, exportName });
  }
  exports.byStack.set(`${stack.region}/${stack.name}`, values);
  return outputs;
}

/** Parameters with their defaults. CloudFormation masks the values of those with `NoEcho`. */
function parametersOf({ template }: AssemblyStack): readonly StackParameter[] {
  return Object.entries(template.Parameters ?? {}).map(([name, { Default, NoEcho }]) => ({
    name,
    value: String(NoEcho) === 'true' ? '****' : asText(Default ?? ''),
  }));
}

interface ResourceDefinition {
  readonly stack: AssemblyStack;
  readonly logicalId: string;
  readonly resource: TemplateResource;
  /** Properties with all intrinsics resolved. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly unsupported: (meaning: string) => void;
}

async function createResource(
  { stack, logicalId, resource, properties, unsupported }: ResourceDefinition,
  deps: Pick<StackDeps, 'services' | 'clock'>,
): Promise<Resource> {
  const type = resource.Type;
  const context: ResourceContext<Services> = {
    region: stack.region,
    accountId: stack.accountId,
    stackName: stack.name,
    logicalId,
    properties,
    metadata: resource.Metadata ?? {},
    assets: stack.assets,
    clock: deps.clock,
    services: deps.services,
    physicalName: () => {
      const suffix = stableId(12, stack.region, stack.name, logicalId).toUpperCase();
      // AWS limits names of functions to 64 characters and names of queues to 80.
      return `${stack.name.slice(0, 24)}-${logicalId.slice(0, 24)}-${suffix}`;
    },
    unsupported,
  };
  const known = RESOURCE_TYPES.get(type);
  if (known === undefined) {
    const noted = NOTED[type];
    if (noted !== undefined) unsupported(noted);
    else if (!Object.hasOwn(PASSIVE, type)) unsupported('not emulated; resources that depend on it fail');
    return passiveResource(type, context);
  }
  try {
    return await known.create(context);
  } catch (error) {
    if (error instanceof LocalError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LocalError('template_unsupported', `${stack.name}: ${logicalId} (${type}): ${reason}`, { cause: error });
  }
}

/** Logical ids in dependency order. */
function inOrder(stack: AssemblyStack, resources: Readonly<Record<string, TemplateResource>>): readonly string[] {
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    const resource = resources[id];
    if (resource === undefined || done.has(id)) return;
    if (path.includes(id)) {
      const circle = [...path.slice(path.indexOf(id)), id].join(' -> ');
      throw new LocalError('template_unsupported', `${stack.name}: circular dependency between resources: ${circle}.`);
    }
    const dependsOn = resource.DependsOn ?? [];
    for (const dependency of [
      ...references(resource.Properties),
      ...(typeof dependsOn === 'string' ? [dependsOn] : dependsOn),
    ]) {
      visit(dependency, [...path, id]);
    }
    done.add(id);
  };
  for (const id of Object.keys(resources)) visit(id, []);
  return [...done];
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html */
function dynamicReference(stack: AssemblyStack, services: Services, service: string, reference: string): string {
  const [, id = '', rest = ''] = /^(arn:[^:]+:[^:]+:[^:]*:[^:]*:secret:[^:]+|[^:]+):?(.*)$/.exec(reference) ?? [];
  const fail = (why: string): LocalError =>
    new LocalError('template_unsupported', `${stack.name}: can't resolve {{resolve:${service}:${reference}}}: ${why}.`);
  if (service !== 'secretsmanager') throw fail('only secretsmanager is emulated');
  const value = services.secrets.value(id);
  if (value === undefined) throw fail('the secret does not exist');
  const [, jsonKey = '', stage = '', version = ''] = rest.split(':');
  if ((stage !== '' && stage !== 'AWSCURRENT') || version !== '') throw fail('only the current version is emulated');
  if (jsonKey === '') return value;
  let fields: unknown;
  try {
    fields = JSON.parse(value);
  } catch {
    throw fail('the secret is not JSON');
  }
  const field = (fields as Readonly<Record<string, unknown>> | null)?.[jsonKey];
  if (field === undefined) throw fail(`the secret has no key ${jsonKey}`);
  return typeof field === 'string' ? field : JSON.stringify(field);
}
