import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { Logger } from '../core/runtime';

const powertools = new PowertoolsLogger();

/** Structured logger. POWERTOOLS_SERVICE_NAME and LOG_LEVEL set its service name and level (docs/decisions/0008). */
export const logger: Logger = {
  info: (message, fields) => {
    powertools.info(message, fields ?? {});
  },
  warn: (message, fields) => {
    powertools.warn(message, fields ?? {});
  },
  error: (message, fields) => {
    powertools.error(message, fields ?? {});
  },
};
