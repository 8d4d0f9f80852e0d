import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * The file that a function's worker thread starts from: beside this one in the source tree, and beside the command
 * line's bundle in the package (scripts/cli.mjs copies it there). The only place that knows.
 */
export function bootstrapFile(): string {
  const beside = path.join(__dirname, 'bootstrap.cjs');
  return existsSync(beside) ? beside : path.join(__dirname, 'lambda-bootstrap.cjs');
}
