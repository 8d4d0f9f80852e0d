// CloudFormation operations that read stacks. Stacks are complete when the endpoint starts to answer, and never change.
import { decodePageToken, encodePageToken } from '../../support/page-token';
import type { StackDescription, StackOutput, StackResource } from './stack-description';
import { toXml, type XmlValue } from './xml';

/** Every stack of the local cloud was created, and none was updated or deleted. */
const STATUS = 'CREATE_COMPLETE';
/** Largest page of stacks, and of a stack's resources. Bytes. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html#API_DescribeStacks_ResponseElements */
const MAX_PAGE_BYTES = 1024 * 1024;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html#API_ListExports_ResponseElements */
const MAX_EXPORTS = 100;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html */
const MAX_DESCRIBED_RESOURCES = 100;

/** A call that CloudFormation rejects with `ValidationError`. */
export class ValidationError extends Error {}

/** Stacks of one region. */
export interface Stacks {
  readonly all: readonly StackDescription[];
  /** A stack by name or id. */
  find(nameOrId: string): StackDescription | undefined;
}

type Operation = (stacks: Stacks, parameters: URLSearchParams) => XmlValue;

/** By the value of `Action`. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['DescribeStacks', describeStacks],
  ['ListStacks', listStacks],
  ['DescribeStackResources', describeStackResources],
  ['ListStackResources', listStackResources],
  ['ListExports', listExports],
]);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html */
function describeStacks(stacks: Stacks, parameters: URLSearchParams): XmlValue {
  const name = parameters.get('StackName');
  const { items, nextToken } = pageBySize(
    (name === null ? stacks.all : [existing(stacks, name)]).map(describedStack),
    parameters,
  );
  return { Stacks: items, NextToken: nextToken };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html */
function listStacks(stacks: Stacks, parameters: URLSearchParams): XmlValue {
  const filter = [...parameters]
    .filter(([key]) => key.startsWith('StackStatusFilter.member.'))
    .map(([, value]) => value);
  const matching = filter.length === 0 || filter.includes(STATUS) ? stacks.all : [];
  const { items, nextToken } = pageBySize(
    matching.map(({ id, name, createdAt, description }) => ({
      StackId: id,
      StackName: name,
      TemplateDescription: description,
      CreationTime: timestamp(createdAt),
      StackStatus: STATUS,
    })),
    parameters,
  );
  return { StackSummaries: items, NextToken: nextToken };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html */
function describeStackResources(stacks: Stacks, parameters: URLSearchParams): XmlValue {
  const name = parameters.get('StackName');
  const physicalId = parameters.get('PhysicalResourceId');
  if ((name === null) === (physicalId === null)) {
    throw new ValidationError('Either StackName or PhysicalResourceId is required, but not both');
  }
  const stack = name === null ? stackOfResource(stacks, physicalId ?? '') : existing(stacks, name);
  const logicalId = parameters.get('LogicalResourceId');
  const matching = stack.resources.filter((one) => logicalId === null || one.logicalId === logicalId);
  return {
    StackResources: matching.slice(0, MAX_DESCRIBED_RESOURCES).map((resource) => ({
      StackName: stack.name,
      StackId: stack.id,
      ...describedResource(resource),
      Timestamp: timestamp(stack.createdAt),
    })),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html */
function listStackResources(stacks: Stacks, parameters: URLSearchParams): XmlValue {
  const stack = existing(stacks, required(parameters, 'StackName'));
  const { items, nextToken } = pageBySize(
    stack.resources.map((resource) => ({
      ...describedResource(resource),
      LastUpdatedTimestamp: timestamp(stack.createdAt),
    })),
    parameters,
  );
  return { StackResourceSummaries: items, NextToken: nextToken };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html */
function listExports(stacks: Stacks, parameters: URLSearchParams): XmlValue {
  const all = stacks.all.flatMap(({ id, outputs }) =>
    outputs
      .filter(({ exportName }) => exportName !== undefined)
      .map(({ exportName, value }) => ({ ExportingStackId: id, Name: exportName, Value: value })),
  );
  const start = startOfPage(parameters);
  const end = start + MAX_EXPORTS;
  return { Exports: all.slice(start, end), NextToken: end < all.length ? encodePageToken(end) : undefined };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html */
function describedStack({ id, name, description, createdAt, parameters, tags, outputs }: StackDescription): XmlValue {
  return {
    StackId: id,
    StackName: name,
    Description: description,
    Parameters: parameters.map((one) => ({ ParameterKey: one.name, ParameterValue: one.value })),
    CreationTime: timestamp(createdAt),
    DisableRollback: false,
    StackStatus: STATUS,
    Outputs: outputs.map(describedOutput),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    EnableTerminationProtection: false,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Output.html */
function describedOutput({ name, value, description, exportName }: StackOutput): XmlValue {
  return { OutputKey: name, OutputValue: value, Description: description, ExportName: exportName };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackResource.html */
function describedResource({ logicalId, physicalId, type, unsupported }: StackResource) {
  return {
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    ResourceStatus: STATUS,
    ResourceStatusReason: unsupported,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
  };
}

/** @throws ValidationError with the message that tools such as the CDK CLI look for */
function existing(stacks: Stacks, nameOrId: string): StackDescription {
  const stack = stacks.find(nameOrId);
  if (stack === undefined) throw new ValidationError(`Stack with id ${nameOrId} does not exist`);
  return stack;
}

/** @throws ValidationError when no stack has such a resource */
function stackOfResource(stacks: Stacks, physicalId: string): StackDescription {
  const stack = stacks.all.find(({ resources }) => resources.some((one) => one.physicalId === physicalId));
  if (stack === undefined) throw new ValidationError(`Stack for ${physicalId} does not exist`);
  return stack;
}

/** @throws ValidationError when the parameter is missing */
function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (value !== null) return value;
  const constraint = `Value null at '${name[0]?.toLowerCase()}${name.slice(1)}' failed to satisfy constraint`;
  throw new ValidationError(`1 validation error detected: ${constraint}: Member must not be null`);
}

/** As many items as fit in one page, at least one. */
function pageBySize(
  items: readonly XmlValue[],
  parameters: URLSearchParams,
): { readonly items: readonly XmlValue[]; readonly nextToken: string | undefined } {
  const start = startOfPage(parameters);
  let end = start;
  for (let bytes = 0; end < items.length; end++) {
    bytes += Buffer.byteLength(toXml([items[end]]));
    if (bytes > MAX_PAGE_BYTES && end > start) break;
  }
  return { items: items.slice(start, end), nextToken: end < items.length ? encodePageToken(end) : undefined };
}

/** @throws ValidationError when `NextToken` was not returned by an earlier call */
function startOfPage(parameters: URLSearchParams): number {
  const token = parameters.get('NextToken');
  const start = token === null ? 0 : decodePageToken(token);
  if (start === undefined) throw new ValidationError('NextToken is invalid');
  return start;
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
