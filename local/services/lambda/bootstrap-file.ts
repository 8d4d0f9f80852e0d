import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * Path of the script that a function's worker thread starts with: next to this file in the source tree, and next to the CLI
 * bundle in the package (scripts/cli.mjs copies it there).
 */
export function bootstrapFile(): string {
  const beside = path.join(__dirname, 'bootstrap.cjs');
  return existsSync(beside) ? beside : path.join(__dirname, 'lambda-bootstrap.cjs');
}
