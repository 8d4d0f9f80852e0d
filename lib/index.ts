export * from './namespace';
export * from './realtime-access-logs';
export * from './realtime-api';
export * from './realtime-auth';
export * from './realtime-domain';
export * from './realtime-grants';
export * from './realtime-network';
export * from './realtime-network-props';
