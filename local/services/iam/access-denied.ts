// Access-denied errors, in the format of each service.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
import { cloudFormationError } from '../cloudformation';
import type { AwsResponse } from '../../types';
import { accountOfRole } from './index';
import type { Right, Verdict } from './policy';
import type { AuthorizedService } from './rights';

export interface DeniedCall {
  /** ARN of the calling function's role. */
  readonly role: string;
  readonly functionName: string;
  readonly right: Right;
  readonly verdict: Verdict;
}

const CORAL_TYPE = 'com.amazon.coral.service#AccessDeniedException';

export function accessDenied(service: AuthorizedService, call: DeniedCall): AwsResponse {
  const { action, resource } = call.right;
  const because = (name: string): string =>
    call.verdict === 'denied'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${name} action`;
  switch (service) {
    case 'dynamodb':
      return json(400, '1.0', { __type: CORAL_TYPE, Message: `${message(call, action, resource)} ${because(action)}` });
    case 'secrets':
      return json(400, '1.1', {
        __type: 'AccessDeniedException',
        Message: `${message(call, action, resource)} ${because(action)}`,
      });
    case 'sqs': {
      // SQS names actions in lower case.
      const name = action.toLowerCase();
      const body = { __type: CORAL_TYPE, message: `${message(call, name, resource)} ${because(name)}` };
      return json(403, '1.0', body, { 'x-amzn-query-error': 'AccessDenied;Sender' });
    }
    case 'cloudformation':
      return cloudFormationError(403, 'AccessDenied', `${message(call, action, resource)} ${because(action)}`);
    case 'lambda':
      return plain(`${message(call, action, resource)} ${because(action)}`);
    case 'apigateway':
      // API Gateway gives no reason, and masks most of the account id.
      return plain(message(call, action, resource.replace(/:\d{8}(\d{4}):/, ':********$1:')));
  }
}

function message({ role, functionName }: DeniedCall, action: string, resource: string): string {
  const user = `arn:aws:sts::${accountOfRole(role)}:assumed-role/${role.split('/').at(-1)}/${functionName}`;
  return `User: ${user} is not authorized to perform: ${action} on resource: ${resource}`;
}

function json(
  status: number,
  version: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): AwsResponse {
  return {
    status,
    headers: { 'content-type': `application/x-amz-json-${version}`, ...headers },
    body: JSON.stringify(body),
  };
}

/** Error of a service that names the error in a header. */
function plain(Message: string): AwsResponse {
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'AccessDeniedException' };
  return { status: 403, headers, body: JSON.stringify({ Message }) };
}
