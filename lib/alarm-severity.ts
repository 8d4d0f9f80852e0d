/** How soon somebody has to look at an alarm. Each has a topic of its own. */
export enum AlarmSeverity {
  /** Now, at any hour: users are losing something. */
  P1 = 'P1',
  /** Within hours: users notice, or will, and nothing is lost yet. */
  P2 = 'P2',
  /** In working hours: a ticket. */
  P3 = 'P3',
}
