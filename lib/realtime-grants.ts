import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/** Grants permissions on a {@link RealtimeApi} to your own functions and roles. */
export class RealtimeApiGrants {
  /** @param publishFunction the function that publishes */
  public constructor(private readonly publishFunction: IFunction) {}

  /**
   * Lets the grantee publish by invoking the publish function (`lambda:InvokeFunction`), without a token.
   *
   * The payload is `{"channel":"chat:room.42","messages":[{"data":{"text":"hello"}}],"from":"backend"}`; the answer is
   * `{"ok":{"origin","epoch","seqs","ids"}}` or `{"error":{"code","name","message","retry"}}`.
   */
  public publish(grantee: IGrantable): Grant {
    return this.publishFunction.grantInvoke(grantee);
  }
}
