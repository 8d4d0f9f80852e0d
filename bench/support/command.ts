// What the commands of benches have in common: help, options that are refused, results, and exit codes.
import { writeFileSync } from 'node:fs';

/** A bench as a command. */
export interface Command<Options> {
  readonly help: string;
  /** @throws Error that tells what is wrong with the command line */
  readonly readOptions: () => Options | 'help';
  /** Returns the exit code: 0 when all shows that has to, 1 when something does not. */
  readonly run: (options: Options) => Promise<number>;
}

/** Runs a bench, and ends the process: with 2 when the command line is wrong, or the bench can't be run. */
export function runCommand<Options>(command: Command<Options>): void {
  void exitCodeOf(command).then(
    (code) => {
      process.exit(code);
    },
    (error: unknown) => {
      console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      process.exit(2);
    },
  );
}

async function exitCodeOf<Options>({ help, readOptions, run }: Command<Options>): Promise<number> {
  let options: Options | 'help';
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (options !== 'help') return run(options);
  console.log(help);
  return 0;
}

/** @throws Error when the option is no whole number above 0 */
export function whole(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${name} must be a whole number above 0, got: ${value}`);
  return number;
}

/** @throws Error when the option is not whole numbers above 0 with commas between, or one is above the most */
export function wholes(name: string, value: string, most = Number.POSITIVE_INFINITY): readonly number[] {
  const list = value.split(',').map(Number);
  if (list.every((one) => Number.isInteger(one) && one >= 1 && one <= most)) return list;
  const range = most === Number.POSITIVE_INFINITY ? 'above 0 with commas' : `from 1 to ${most}`;
  throw new Error(`--${name} must be whole numbers ${range}, got: ${value}`);
}

/** Where results go. */
export interface Output {
  /** One JSON document on standard output, instead of text. */
  readonly json: boolean;
  /** A file that gets that document, whatever standard output gets. */
  readonly out: string | undefined;
}

/** Tells results. */
export function tell(results: object, text: () => string, { json, out }: Output): void {
  const document = JSON.stringify(results);
  // First, so that nothing is lost when the file can't be written.
  console.log(json ? document : text());
  if (out !== undefined) writeFileSync(out, `${document}\n`);
}

/** Progress goes to standard error: standard output is for results. */
export function say(text: string): void {
  console.error(text);
}
