import { Resource } from 'aws-cdk-lib';
import { Function as LambdaFunction, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct, IConstruct } from 'constructs';
import type { IRealtimeApi, RealtimeApiAttributes } from './realtime-api';
import { RealtimeApiGrants } from './realtime-grants';
import { refusal } from './util/prop-check';

/** A backend that another stack made, as far as it is known. What was not given is missed when it is asked for. */
export function importRealtimeApi(scope: Construct, id: string, attrs: RealtimeApiAttributes): IRealtimeApi {
  class Import extends Resource implements IRealtimeApi {
    /** As given. */
    public readonly webSocketUrl = attrs.webSocketUrl;

    public get httpUrl(): string {
      return given(this, 'httpUrl', attrs.httpUrl);
    }

    public get grants(): RealtimeApiGrants {
      const functionArn = given(this, 'publishFunctionArn', attrs.publishFunctionArn);
      const existing = this.node.tryFindChild('Publish') as IFunction | undefined;
      const attributes = { functionArn, sameEnvironment: true };
      return new RealtimeApiGrants(existing ?? LambdaFunction.fromFunctionAttributes(this, 'Publish', attributes));
    }
  }
  return new Import(scope, id);
}

function given(scope: IConstruct, name: string, value: string | undefined): string {
  if (value !== undefined) return value;
  const rule = 'must be given to fromRealtimeApiAttributes to be used';
  throw refusal(scope, name, rule, value, 'Take it from the stack that made the backend.');
}
