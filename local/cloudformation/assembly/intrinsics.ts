// CloudFormation's intrinsic functions.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
import { LocalError } from '../../support/errors';
import type { Resource } from '../../types';
import { type AssemblyStack, stackId } from './reader';
import { asText } from './text';

/** Values of the stacks created so far: exports by region and name (Fn::ImportValue), outputs by stack (Fn::GetStackOutput). */
export interface Exports {
  readonly byName: Map<string, unknown>;
  readonly byStack: Map<string, Readonly<Record<string, unknown>>>;
}

export interface ResolverOptions {
  readonly stack: AssemblyStack;
  readonly exports: Exports;
  /** Returns the value of a dynamic reference such as `{{resolve:secretsmanager:…}}`. */
  readonly dynamic: (service: string, reference: string) => string;
  /** Replaces AWS's addresses by local ones. */
  readonly rewrite: (text: string) => string;
}

type Args = unknown;

/** Resolves the values of one stack's template against the resources created so far. */
export class Resolver {
  private readonly resources = new Map<string, Resource>();
  private readonly conditions = new Map<string, boolean>();
  /** Conditions under evaluation, to detect one that depends on itself. */
  private readonly evaluating = new Set<string>();

  public constructor(private readonly options: ResolverOptions) {}

  public add(logicalId: string, resource: Resource): void {
    this.resources.set(logicalId, resource);
  }

  /** @param where resource and property, for error messages */
  public resolve(value: unknown, where: string): unknown {
    if (typeof value === 'string') return this.options.rewrite(this.dynamic(value));
    if (Array.isArray(value)) {
      return value.map((one) => this.resolve(one, where)).filter((one) => one !== undefined);
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [only] = entries;
    if (entries.length === 1 && only !== undefined && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) {
      const result = this.call(only[0], only[1], where);
      // A join can assemble an address or a dynamic reference from parts.
      return typeof result === 'string' ? this.options.rewrite(this.dynamic(result)) : result;
    }
    const resolved = entries.map(([key, one]) => [key, this.resolve(one, `${where}.${key}`)] as const);
    return Object.fromEntries(resolved.filter(([, one]) => one !== undefined));
  }

  public condition(name: string, where: string): boolean {
    const known = this.conditions.get(name);
    if (known !== undefined) return known;
    const expression = this.options.stack.template.Conditions?.[name];
    if (expression === undefined) throw this.unsupported(`condition ${name}, which is not declared`, where);
    if (this.evaluating.has(name)) throw this.unsupported(`condition ${name}, which depends on itself`, where);
    this.evaluating.add(name);
    const result = this.test(expression, where);
    this.evaluating.delete(name);
    this.conditions.set(name, result);
    return result;
  }

  private call(name: string, args: Args, where: string): unknown {
    switch (name) {
      case 'Ref':
        return this.ref(String(args), where);
      case 'Fn::GetAtt':
        return this.attribute(args, where);
      case 'Fn::Join': {
        const [separator, parts] = this.list(args, where);
        return this.list(parts, where).map(asText).join(asText(separator));
      }
      case 'Fn::Sub':
        return this.sub(args, where);
      case 'Fn::Select': {
        const [index, from] = this.list(args, where);
        const selected = this.list(from, where)[Number(index)];
        if (selected === undefined) throw this.unsupported(`index ${asText(index)} of Fn::Select`, where);
        return selected;
      }
      case 'Fn::Split': {
        const [separator, source] = this.list(args, where);
        return asText(source).split(asText(separator));
      }
      case 'Fn::If': {
        if (!Array.isArray(args)) throw this.unsupported('Fn::If without a list', where);
        const [condition, yes, no] = args as readonly unknown[];
        return this.resolve(this.condition(String(condition), where) ? yes : no, where);
      }
      case 'Fn::Equals':
      case 'Fn::And':
      case 'Fn::Or':
      case 'Fn::Not':
        return this.test({ [name]: args }, where);
      case 'Fn::FindInMap': {
        const [map, first, second] = this.list(args, where).map(asText);
        const level = this.options.stack.template.Mappings?.[map ?? ''] as
          | Record<string, Record<string, unknown>>
          | undefined;
        const found = level?.[first ?? '']?.[second ?? ''];
        if (found === undefined)
          throw this.unsupported(`mapping ${map}.${first}.${second}, which does not exist`, where);
        return found;
      }
      case 'Fn::ImportValue':
        return this.imported(asText(this.resolve(args, where)), where);
      case 'Fn::GetStackOutput':
        return this.stackOutput(this.resolve(args, where) as Readonly<Record<string, unknown>>, where);
      case 'Fn::Base64':
        return Buffer.from(asText(this.resolve(args, where))).toString('base64');
      case 'Fn::GetAZs': {
        const region = asText(this.resolve(args, where)) || this.options.stack.region;
        return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
      }
      default:
        throw this.unsupported(`the intrinsic function ${name}`, where);
    }
  }

  private list(args: Args, where: string): readonly unknown[] {
    const resolved = this.resolve(args, where);
    if (!Array.isArray(resolved)) throw this.unsupported('a value that is not a list', where);
    return resolved;
  }

  private ref(name: string, where: string): unknown {
    const { stack } = this.options;
    switch (name) {
      case 'AWS::AccountId':
        return stack.accountId;
      case 'AWS::Region':
        return stack.region;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return stack.name;
      case 'AWS::StackId':
        return stackId(stack);
      case 'AWS::NotificationARNs':
        return [];
      case 'AWS::NoValue':
        return undefined;
    }
    const resource = this.resources.get(name);
    if (resource !== undefined) return resource.ref;
    const parameter = stack.template.Parameters?.[name];
    // The default of such a parameter is the name of an SSM parameter, not its value.
    if (parameter?.Type.startsWith('AWS::SSM::Parameter::Value') === true)
      throw this.unsupported(`parameter ${name}, whose value is in Systems Manager`, where);
    if (parameter?.Default !== undefined) {
      const isList = parameter.Type === 'CommaDelimitedList' || parameter.Type.startsWith('List<');
      return isList ? asText(parameter.Default).split(',') : parameter.Default;
    }
    if (parameter !== undefined) throw this.unsupported(`parameter ${name}, which has no default`, where);
    throw this.unsupported(`${name}, which is neither a resource nor a parameter`, where);
  }

  private attribute(args: Args, where: string): unknown {
    const [logicalId = '', ...path] = Array.isArray(args) ? args.map(asText) : asText(args).split('.');
    const attribute = path.join('.');
    const resource = this.resources.get(logicalId);
    if (resource === undefined) throw this.unsupported(`${logicalId}, which is not a resource`, where);
    const value = resource.attributes[attribute];
    if (value === undefined) {
      const type = this.options.stack.template.Resources?.[logicalId]?.Type ?? 'resource';
      throw this.unsupported(`the attribute ${attribute} of ${logicalId} (${type})`, where);
    }
    return value;
  }

  private sub(args: Args, where: string): string {
    const [template, variables] = (Array.isArray(args) ? args : [args, {}]) as [string, Record<string, unknown>];
    return template.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      if (Object.hasOwn(variables, name)) return asText(this.resolve(variables[name], where));
      return asText(
        name.includes('.') && !name.startsWith('AWS::') ? this.attribute(name, where) : this.ref(name, where),
      );
    });
  }

  private test(expression: unknown, where: string): boolean {
    if (typeof expression !== 'object' || expression === null)
      throw this.unsupported('a value that is not a condition', where);
    const [name, args] = (Object.entries(expression)[0] as [string, unknown] | undefined) ?? ['', undefined];
    const all = (): boolean[] => (args as unknown[]).map((one) => this.test(one, where));
    switch (name) {
      case 'Condition':
        return this.condition(String(args), where);
      case 'Fn::Equals': {
        const [a, b] = this.list(args, where);
        return asText(a) === asText(b);
      }
      case 'Fn::And':
        return all().every(Boolean);
      case 'Fn::Or':
        return all().some(Boolean);
      case 'Fn::Not':
        return !all()[0];
      default:
        throw this.unsupported(`the condition function ${name}`, where);
    }
  }

  private imported(name: string, where: string): unknown {
    const value = this.options.exports.byName.get(`${this.options.stack.region}/${name}`);
    if (value === undefined)
      throw this.unsupported(`the import of ${name}, which no stack of this region exports`, where);
    return value;
  }

  private stackOutput(args: Readonly<Record<string, unknown>>, where: string): unknown {
    const { StackName, OutputName, Region } = args;
    const region = Region === undefined ? this.options.stack.region : asText(Region);
    const value = this.options.exports.byStack.get(`${region}/${asText(StackName)}`)?.[asText(OutputName)];
    if (value === undefined)
      throw this.unsupported(
        `the output ${asText(OutputName)} of ${asText(StackName)} in ${region}, which does not exist`,
        where,
      );
    return value;
  }

  private dynamic(value: string): string {
    return value.replaceAll(/\{\{resolve:([a-z-]+):([^}]+)\}\}/g, (_, service: string, reference: string) =>
      this.options.dynamic(service, reference),
    );
  }

  private unsupported(what: string, where: string): LocalError {
    return new LocalError('template_unsupported', `${this.options.stack.name}: ${where}: can't resolve ${what}.`);
  }
}
