import type { App } from 'aws-cdk-lib';
import type { Dial } from './audience-messages';
import type { Rig } from './cloud';

/** A backend that a bench measures, ours or another. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  /** Variables that its functions get besides their own. The stack may be another contender's, and its audience, too. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Its stack's name, which its functions' names begin with: no other's may begin with it and a dash. */
  readonly stack: string;
  /** Adds its stack. @param folder for bundles of its handlers */
  build(app: App, folder: string): void;
  /** How subscribers join. */
  dial(rig: Rig): Promise<Dial>;
  /** How a publisher connects. @default - one of the subscribers publishes, and gets the message too */
  publisher?(rig: Rig): Promise<Dial>;
  /** The frame that publishes a text. */
  publish(text: string): string;
}
