export type { GatewayLimits } from './apigateway';
export { type Clock, SystemClock, type Timer } from './clock';
export { type Cloud, type CloudOptions, type LocalRegion, startCloud } from './cloud';
export { type CloudState, type Switchboard, type SwitchCommand, SWITCHES } from './switchboard';
export { COORDINATES } from './route53/latency';
export { Meter, type Usage } from './metering';
export { LocalError, type LocalErrorCode } from './errors';
export { FAULTY_SERVICES } from './service-faults';
export type { CloudLog } from './types';
