/**
 * Whether API Gateway writes access logs, and who lets it. A WebSocket stage with access logs fails to deploy in an
 * account and region that has no CloudWatch role in its API Gateway settings, as no fresh account has.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export class RealtimeAccessLogs {
  /** Writes access logs, and sets the account's CloudWatch role for this region. The setting stays when the stack goes. */
  public static withAccountRole(): RealtimeAccessLogs {
    return new RealtimeAccessLogs(true, true);
  }

  /** Writes access logs; the account and region have their CloudWatch role already, for example from another stack. */
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
    /** Whether the stack sets the account's CloudWatch role. */
    public readonly setsAccountRole: boolean,
  ) {}
}
