export type { GatewayLimits } from './services/apigateway';
export { type Clock, SystemClock, type Timer } from './support/clock';
export { type Cloud, type CloudOptions, type LocalRegion, startCloud } from './cloud';
export { type CloudState, type Switchboard, type SwitchCommand, SWITCHES } from './faults/switchboard';
export { COORDINATES } from './network/coordinates';
export { Meter, type Usage } from './metering';
export { LocalError, type LocalErrorCode } from './support/errors';
export { FAULTY_SERVICES } from './faults/service-faults';
export type { CloudLog } from './types';
