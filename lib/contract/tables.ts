// Keys that all tables share. The other attributes are known only to lambda/adapters/dynamodb, except those of drain marks
// (drain-marks.ts).

/** Partition key. */
export const PARTITION_KEY = 'pk';
/** Sort key. */
export const SORT_KEY = 'sk';
/** Time-to-live attribute. Seconds since 1970. */
export const TIME_TO_LIVE_ATTRIBUTE = 'x';

/** Key of a row. */
export interface TableKey {
  readonly [PARTITION_KEY]: string;
  readonly [SORT_KEY]: string;
}
