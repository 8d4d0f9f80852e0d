/** How soon an alarm needs attention. Alarms of each severity notify a topic of their own. */
export enum AlarmSeverity {
  /** Page: immediately, at any hour. Users are affected now. */
  P1 = 'P1',
  /** Within hours. Users are affected or will be, and no messages are lost yet. */
  P2 = 'P2',
  /** Ticket: within working hours. */
  P3 = 'P3',
}
