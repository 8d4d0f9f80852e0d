import { Resource } from 'aws-cdk-lib';
import { Function as LambdaFunction, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct, IConstruct } from 'constructs';
import type { IRealtimeApi, RealtimeApiAttributes } from './realtime-api-props';
import { RealtimeApiGrants } from './realtime-grants';
import { propError } from './util/prop-check';

/** Imports a backend of another stack. Reading an attribute that was not given throws. */
export function importRealtimeApi(scope: Construct, id: string, attrs: RealtimeApiAttributes): IRealtimeApi {
  class Import extends Resource implements IRealtimeApi {
    /** As given. */
    public readonly webSocketUrl = attrs.webSocketUrl;

    public get httpUrl(): string {
      return required(this, 'httpUrl', attrs.httpUrl);
    }

    public get grants(): RealtimeApiGrants {
      const functionArn = required(this, 'publishFunctionArn', attrs.publishFunctionArn);
      const existing = this.node.tryFindChild('Publish') as IFunction | undefined;
      const attributes = { functionArn, sameEnvironment: true };
      return new RealtimeApiGrants(existing ?? LambdaFunction.fromFunctionAttributes(this, 'Publish', attributes));
    }
  }
  return new Import(scope, id);
}

function required(scope: IConstruct, prop: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw propError(scope, {
    prop,
    rule: 'must be passed to fromRealtimeApiAttributes before it is used',
    got: value,
    fix: "Take it from the backend's stack.",
  });
}
