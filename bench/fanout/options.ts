import { parseArgs } from 'node:util';
import { type Output, wholeNumbers } from '../support/command';

/** In the order of measurement. multi-region is last, because Lambda retries its stuck asynchronous invocations minutes later. */
export const CONTENDER_NAMES = ['ours', 'ours-sdk', 'chat-app', 'graphql', 'multi-region'] as const;
export type ContenderName = (typeof CONTENDER_NAMES)[number];

export interface Options extends Output {
  readonly subscribers: readonly number[];
  /** Message sizes. */
  readonly bytes: readonly number[];
  /** Times of a post to a connection. Milliseconds. */
  readonly callbacks: readonly number[];
  readonly contenders: readonly ContenderName[];
  readonly full: boolean;
}

/** @throws Error that names the wrong option */
export function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      subscribers: { type: 'string', default: '1,10,100,1000,10000' },
      bytes: { type: 'string', default: '200,4096' },
      callbacks: { type: 'string', default: '20,5' },
      contenders: { type: 'string', default: CONTENDER_NAMES.join(',') },
      full: { type: 'boolean', default: false },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const contenders = values.contenders.split(',');
  const known = (name: string): name is ContenderName => CONTENDER_NAMES.some((one) => one === name);
  if (!contenders.every(known))
    throw new Error(
      `--contenders must be some of ${CONTENDER_NAMES.join(', ')}, separated by commas, got: ${values.contenders}`,
    );
  if (contenders.includes('ours-sdk') && !contenders.includes('ours'))
    throw new Error('--contenders: ours-sdk uses the stack of ours, so it needs ours');
  const { full, out, json } = values;
  const subscribers = [...new Set(wholeNumbers('subscribers', values.subscribers))].sort((a, b) => a - b);
  const [bytes, callbacks] = [wholeNumbers('bytes', values.bytes), wholeNumbers('callbacks', values.callbacks)];
  return { subscribers, bytes, callbacks, contenders, full, out, json };
}
