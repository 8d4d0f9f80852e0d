/** Functions of a region. Each is a file of lambda/handlers/, a folder of assets/, and its `POWERTOOLS_SERVICE_NAME`. */
export const FUNCTION_NAMES = [
  'authorizer',
  'connect',
  'disconnect',
  'message',
  'publish',
  'health',
  'fanout',
  'writer',
  'inbox',
  'drain',
] as const;

export type FunctionName = (typeof FUNCTION_NAMES)[number];
