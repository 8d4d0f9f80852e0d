// Answers one call of an emulated AWS API: hooks, faults, authorization, then the service.
import type { FaultyService } from '../faults/service-faults';
import { AccessControl } from '../services/iam/access';
import type { AuthorizedService } from '../services/iam/rights';
import type { Services } from '../services/registry';
import type { AwsResponse } from '../types';
import type { ReceivedCall } from './call';

/** Services as the switchboard names them. CloudFormation has no faults. */
const FAULTY_SERVICES: Readonly<Record<Exclude<AuthorizedService, 'cloudformation'>, FaultyService>> = {
  dynamodb: 'dynamodb',
  sqs: 'sqs',
  secrets: 'secretsmanager',
  lambda: 'lambda',
  apigateway: 'callbacks',
};

/** Answers the calls that reach one region. */
export class CallHandler {
  private readonly access: AccessControl;

  public constructor(region: string) {
    this.access = new AccessControl(region);
  }

  /** Answers a call; undefined when a hook loses the request or the answer. */
  public async handle(services: Services, call: ReceivedCall): Promise<AwsResponse | undefined> {
    if ((await services.callHooks.onCall(call.names, 'before')) === 'lost') return undefined;
    const response = await this.dispatch(services, call);
    return (await services.callHooks.onCall(call.names, 'after')) === 'lost' ? undefined : response;
  }

  private async dispatch(services: Services, { service, caller, request, names }: ReceivedCall): Promise<AwsResponse> {
    if (service === undefined) return unknownService(names.service, request.path);
    return (
      (service === 'cloudformation' ? undefined : await services.faults.apply(FAULTY_SERVICES[service])) ??
      this.access.check(caller, service, request, services) ??
      (await services[service].handle(request))
    );
  }
}

function unknownService(prefix: string, path: string): AwsResponse {
  const what = prefix === '' ? `a request to ${path}` : `the AWS API ${prefix}`;
  const message = `The local cloud does not emulate ${what}.`;
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': 'UnknownOperationException' };
  return { status: 400, headers, body: JSON.stringify({ __type: 'UnknownOperationException', message }) };
}
