import type { MessagesPush } from '../../../protocol';

/**
 * Regions that have subscribers of a channel. Each region writes its own entry; the others read it after replication. Times in
 * milliseconds since 1970.
 */
export interface InterestStore {
  /** End of each region's interest, as far as it has been replicated to this region. */
  interested(channel: string): Promise<ReadonlyMap<string, number>>;
  /** End of this region's interest. Strongly consistent read. */
  noted(channel: string): Promise<number | undefined>;
  note(channel: string, until: number): Promise<void>;
  /** Deletes this region's entry if it still ends at `until`. */
  withdraw(channel: string, until: number): Promise<void>;
}

/** The inbox of another region, for messages that are published here. */
export interface Inbox {
  /** One attempt. Throws when the inbox did not confirm in time that it stored the push. */
  send(push: MessagesPush): Promise<void>;
}
