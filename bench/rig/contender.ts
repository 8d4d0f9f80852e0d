import type { App } from 'aws-cdk-lib';
import type { Dial } from './audience-messages';
import type { Rig } from './cloud';

/** A backend that a bench measures: ours or a competitor. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  /** Additional environment variables of its functions. Such a contender takes over the stack and the audience of another. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Name of its stack, with which the names of its functions begin. No other stack's name may begin with it and a dash. */
  readonly stack: string;
  /** Adds its stack. @param folder where to write bundles of its handlers */
  build(app: App, folder: string): void;
  /** How subscribers join. */
  dial(rig: Rig): Promise<Dial>;
  /** How a publisher connects. @default - one of the subscribers publishes, and receives the message too */
  publisher?(rig: Rig): Promise<Dial>;
  /** The frame that publishes a text. */
  publish(text: string, message: number): string;
}
