import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Path of a file that ships with the command line: beside the bundle in the package, or its source in the source tree.
 * scripts/cli.mjs copies the files.
 */
export function shippedFile(name: `page/${string}` | 'client.mjs'): string {
  const beside = path.join(__dirname, name);
  if (existsSync(beside)) return beside;
  return path.join(__dirname, '..', ...(name === 'client.mjs' ? ['client', 'dist', 'browser.mjs'] : ['cli', name]));
}

/** The version of this package. */
export function version(): string {
  // dist/cli/main.js in the package, cli/main.ts in the source tree.
  for (const up of ['../..', '..']) {
    const file = path.join(__dirname, up, 'package.json');
    if (!existsSync(file)) continue;
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  return '0.0.0';
}
