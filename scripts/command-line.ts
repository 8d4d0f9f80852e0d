// Options of the project's commands.
import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values'];

/**
 * Reads options. Prints the help for `--help`, and the error with the help for a wrong option.
 *
 * @returns the values, or the exit code with which the command must end now: 0 after `--help`, 2 after a wrong option
 */
export function readOptions<O extends Options>(args: readonly string[], options: O, help: string): Values<O> | number {
  if (args.includes('--help')) {
    console.log(help);
    return 0;
  }
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('ERR_PARSE_ARGS'))
      throw error;
    console.error(`${error.message}\n\n${help}`);
    return 2;
  }
}
