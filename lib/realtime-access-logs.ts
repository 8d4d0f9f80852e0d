/**
 * Whether API Gateway writes access logs, and which stack sets the role that it needs to write them. A WebSocket stage with access
 * logs fails to deploy in an account and region whose API Gateway settings have no CloudWatch role; new accounts have none.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export class RealtimeAccessLogs {
  /**
   * Writes access logs, and sets the CloudWatch role of the account in this region. Role and setting are retained when the stack is
   * deleted.
   */
  public static withAccountRole(): RealtimeAccessLogs {
    return new RealtimeAccessLogs(true, true);
  }

  /** Writes access logs with the CloudWatch role that the account already has in this region, for example from another stack. */
  public static existingAccountRole(): RealtimeAccessLogs {
    return new RealtimeAccessLogs(true, false);
  }

  /** Writes no access logs. */
  public static disabled(): RealtimeAccessLogs {
    return new RealtimeAccessLogs(false, false);
  }

  private constructor(
    /** Whether stages write access logs. */
    public readonly enabled: boolean,
    /** Whether the stack sets the CloudWatch role of the account. */
    public readonly setsAccountRole: boolean,
  ) {}
}
