import type { CloudLog } from '../../local';

/** Prints errors that functions and services log. Of errors that repeat, it prints the first. */
export function logErrorsOnce(print: (text: string) => void): (log: CloudLog) => void {
  const printed = new Set<string>();
  return ({ source, message }) => {
    const [line = ''] = message.split('\n');
    // Later characters may contain request ids.
    const key = `${source} ${line.slice(0, 20)}`;
    if (!printed.has(key)) print(`${source}: ${line}`);
    printed.add(key);
  };
}
