export * from './alarm-severity';
export * from './namespace';
export * from './realtime-access-logs';
export * from './realtime-alarms';
export * from './realtime-api';
export * from './realtime-auth';
export * from './realtime-grants';
