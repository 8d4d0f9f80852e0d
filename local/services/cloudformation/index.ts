import { randomUUID } from 'node:crypto';
import type { AwsRequest, AwsResponse, AwsService } from '../../types';
import { OPERATIONS, ValidationError } from './operations';
import { parametersOf } from './request';
import type { StackDescription } from './stack-description';
import { toXml, type XmlValue } from './xml';

export type { StackDescription, StackOutput, StackParameter, StackResource } from './stack-description';

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

/** CloudFormation of one region, read-only: describes the running stacks. */
export class CloudFormationService implements AwsService {
  private readonly stacks: StackDescription[] = [];

  public get all(): readonly StackDescription[] {
    return this.stacks;
  }

  public add(stack: StackDescription): void {
    this.stacks.push(stack);
  }

  /** A stack by name or id. */
  public find(nameOrId: string): StackDescription | undefined {
    return this.stacks.find(({ name, id }) => name === nameOrId || id === nameOrId);
  }

  public handle(request: AwsRequest): Promise<AwsResponse> {
    const parameters = parametersOf(request);
    const action = parameters.get('Action') ?? '';
    const operation = OPERATIONS.get(action);
    if (operation === undefined) {
      const message = `The local cloud does not emulate CloudFormation ${action}.`;
      return Promise.resolve(cloudFormationError(400, 'InvalidAction', message));
    }
    try {
      return Promise.resolve(success(action, operation(this, parameters)));
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      return Promise.resolve(cloudFormationError(400, 'ValidationError', error.message));
    }
  }

  public stop(): Promise<void> {
    return Promise.resolve();
  }
}

/** An error of the query protocol. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html */
export function cloudFormationError(status: number, code: string, message: string): AwsResponse {
  return xmlResponse(status, 'ErrorResponse', {
    Error: { Type: 'Sender', Code: code, Message: message },
    RequestId: randomUUID(),
  });
}

function success(action: string, result: XmlValue): AwsResponse {
  return xmlResponse(200, `${action}Response`, {
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: randomUUID() },
  });
}

function xmlResponse(status: number, element: string, content: XmlValue): AwsResponse {
  const body = `<${element} xmlns="${NAMESPACE}">${toXml(content)}</${element}>`;
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
