import type { MessagesPush } from '../../../protocol';

/** Which regions have subscribers of a channel: each notes it for itself, and all can read it, a little later. Times in milliseconds since 1970. */
export interface InterestStore {
  /** Until when each region is interested, as far as is known here. */
  interested(channel: string): Promise<ReadonlyMap<string, number>>;
  /** Until when this region is: read strongly. */
  noted(channel: string): Promise<number | undefined>;
  note(channel: string, until: number): Promise<void>;
  /** Takes the note back if it still says so. */
  withdraw(channel: string, until: number): Promise<void>;
}

/** Where another region takes in what is published here. */
export interface Inbox {
  /** One attempt. Throws when there was no answer in time, or none that says that it was stored. */
  send(push: MessagesPush): Promise<void>;
}
