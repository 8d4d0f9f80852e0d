import type { Ordering } from '../../../lib/contract/namespaces-variable';
import type { AppendRequest } from '../log/append';

/** Messages of one authorized publish. */
export interface Publication extends Omit<AppendRequest, 'key'> {
  readonly channel: string;
  readonly ordering: Ordering;
  /** When fan-out must end. Milliseconds since 1970. */
  readonly deadline: number;
}
