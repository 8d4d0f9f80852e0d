import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from '../core/runtime';

/** The structured log; service name and level come from POWERTOOLS_SERVICE_NAME and LOG_LEVEL (docs/decisions/0008). */
export const logger = new Logger();

export const log: Log = {
  info: (message, fields) => {
    logger.info(message, fields ?? {});
  },
  warn: (message, fields) => {
    logger.warn(message, fields ?? {});
  },
  error: (message, fields) => {
    logger.error(message, fields ?? {});
  },
};
