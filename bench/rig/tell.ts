import type { CloudLog } from '../../local';

/** Tells errors that functions and services log; of those that come again and again, the first. */
export function tellOnce(say: (text: string) => void): (log: CloudLog) => void {
  const told = new Set<string>();
  return ({ source, message }) => {
    const [line = ''] = message.split('\n');
    // Behind this, requests have ids.
    const key = `${source} ${line.slice(0, 20)}`;
    if (!told.has(key)) say(`${source}: ${line}`);
    told.add(key);
  };
}
