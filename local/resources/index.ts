// Every resource type that the local cloud knows: one file a type, one line here.
import type { ResourceType } from '../types';
import type { Services } from './services';

const types: readonly ResourceType<Services>[] = [];

/** Resource types by CloudFormation name. */
export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType<Services>> = new Map(types.map((one) => [one.type, one]));
