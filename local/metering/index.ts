export { Meter } from './meter';
export { logBytes, stepsOf, type Usage } from './units';
