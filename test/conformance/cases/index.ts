import type { Case } from '../case';
import { BATCH } from './batch';
import { CONDITIONS } from './conditions';
import { DELETE } from './delete';
import { EXPRESSIONS } from './expressions';
import { GET } from './get';
import { INDEXES } from './indexes';
import { JAR_DIFFERENCES } from './jar-differences';
import { NOT_EMULATED } from './not-emulated';
import { NUMBERS } from './numbers';
import { PUT } from './put';
import { QUERY } from './query';
import { SCAN } from './scan';
import { TABLE_CASES } from './tables';
import { TTL } from './ttl';
import { UPDATE } from './update';

const WRITTEN: Readonly<Record<string, readonly Case[]>> = {
  PutItem: PUT,
  Numbers: NUMBERS,
  GetItem: GET,
  DeleteItem: DELETE,
  Conditions: CONDITIONS,
  'Rejected expressions': EXPRESSIONS,
  UpdateItem: UPDATE,
  Query: QUERY,
  Indexes: INDEXES,
  Scan: SCAN,
  'BatchGetItem and BatchWriteItem': BATCH,
  'Time to live': TTL,
  Tables: TABLE_CASES,
  'Not emulated': NOT_EMULATED,
};

/** All cases by operation. */
export const GROUPS: Readonly<Record<string, readonly Case[]>> = Object.fromEntries(
  Object.entries(WRITTEN).map(([group, cases]) => [
    group,
    cases.map((one) => (one.id in JAR_DIFFERENCES ? { ...one, jar: JAR_DIFFERENCES[one.id] } : one)),
  ]),
);

export const CASES: readonly Case[] = Object.values(GROUPS).flat();
