export { Meter } from './meter';
export { stepsOf, type Usage } from './units';
