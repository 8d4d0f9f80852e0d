// The shell of the bench commands: help, option errors, results, and exit codes.
import { writeFileSync } from 'node:fs';

/** A bench as a command. */
export interface Command<Options> {
  readonly help: string;
  /** @throws Error that names the wrong option */
  readonly readOptions: () => Options | 'help';
  /** Returns the exit code: 0 when all requirements are met, otherwise 1. */
  readonly run: (options: Options) => Promise<number>;
}

/** Runs a bench, and ends the process: with 2 when an option is wrong, or the bench cannot run. */
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

/**
 * Reads an option.
 *
 * @throws Error when it is not a whole number above 0
 */
export function wholeNumber(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${name} must be a whole number above 0, got: ${value}`);
  return number;
}

/**
 * Reads an option that is a list.
 *
 * @throws Error when it is not whole numbers from 1 to `max`, separated by commas
 */
export function wholeNumbers(name: string, value: string, max = Number.POSITIVE_INFINITY): readonly number[] {
  const list = value.split(',').map(Number);
  if (list.every((one) => Number.isInteger(one) && one >= 1 && one <= max)) return list;
  const range = max === Number.POSITIVE_INFINITY ? 'above 0' : `from 1 to ${max}`;
  throw new Error(`--${name} must be whole numbers ${range}, separated by commas, got: ${value}`);
}

/** Destinations of results. */
export interface Output {
  /** Whether standard output gets one JSON document instead of text. */
  readonly json: boolean;
  /** File that gets the JSON document. @default - none */
  readonly out?: string;
}

/** Prints results, and writes them to the file. */
export function printResults(results: object, text: () => string, { json, out }: Output): void {
  const document = JSON.stringify(results);
  // Printed first, so that the results are not lost when the file can't be written.
  console.log(json ? document : text());
  if (out !== undefined) writeFileSync(out, `${document}\n`);
}

/** Prints progress to standard error, because standard output is for results. */
export function printProgress(text: string): void {
  console.error(text);
}
