// Small clouds for tests of the local cloud: inline templates, inline handlers, real sockets.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Cloud, type CloudLog, type CloudOptions, type LocalRegion, startCloud } from '../../../local';
import type { InvocationResult } from '../../../local/types';

export type Resources = Record<string, object>;

export const REGION = 'eu-west-1';
export const ACCOUNT = '111122223333';
/** Credentials of SDK clients. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** One stack of a handwritten assembly. */
export interface TestStack {
  readonly template: object;
  readonly region?: string;
  readonly dependencies?: readonly string[];
  readonly environment?: string;
  /** Asset directories by S3 key. */
  readonly assets?: Readonly<Record<string, string>>;
}

/** Parent of all temporary directories of this test file. */
const root = mkdtempSync(path.join(tmpdir(), 'cdk-realtime-local-'));
const clouds: Cloud[] = [];

// Directories are removed after the clouds have stopped. A second stop has no effect.
afterAll(async () => {
  await Promise.all(clouds.map((one) => one.stop()));
  rmSync(root, { recursive: true, force: true });
});

/** A new directory, removed after the tests of this file. */
export function temporaryFolder(): string {
  return mkdtempSync(path.join(root, 'folder-'));
}

/** Writes files, by path, into a directory. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

/** Writes a cloud assembly. */
export function assemblyOf(stacks: Readonly<Record<string, TestStack>>, folder = temporaryFolder()): string {
  const artifacts: Record<string, object> = {};
  const files: Record<string, string> = {};
  for (const [name, { template, region = REGION, dependencies = [], environment, assets }] of Object.entries(stacks)) {
    files[`${name}.template.json`] = JSON.stringify(template);
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      environment: environment ?? `aws://${ACCOUNT}/${region}`,
      dependencies,
      properties: { templateFile: `${name}.template.json` },
    };
    if (assets === undefined) continue;
    const manifest = Object.entries(assets).map(([objectKey, source]) => [
      objectKey,
      { source: { path: source, packaging: 'zip' }, destinations: { here: { objectKey } } },
    ]);
    files[`${name}.assets.json`] = JSON.stringify({ files: Object.fromEntries(manifest) });
    artifacts[`${name}.assets`] = { type: 'cdk:asset-manifest', properties: { file: `${name}.assets.json` } };
  }
  return writeFiles(folder, { ...files, 'manifest.json': JSON.stringify({ version: '55.0.0', artifacts }) });
}

export interface TestCloud {
  readonly cloud: Cloud;
  readonly region: LocalRegion;
  readonly services: LocalRegion['services'];
  readonly outputs: Readonly<Record<string, string>>;
  /** Configuration of an SDK client. */
  readonly sdk: { region: string; endpoint: string; credentials: typeof credentials; maxAttempts: number };
  readonly logs: CloudLog[];
  readonly invoke: (name: string, event?: unknown) => Promise<InvocationResult>;
  readonly stop: () => Promise<void>;
}

/** Runs one stack, called `Test`. */
export async function cloudOf(
  resources: Resources,
  options: Partial<CloudOptions> & { readonly template?: object } = {},
): Promise<TestCloud> {
  const { template = {}, ...rest } = options;
  const logs: CloudLog[] = [];
  const cloud = await startCloud({
    assembly: assemblyOf({ Test: { template: { ...template, Resources: resources } } }),
    log: (line) => logs.push(line),
    ...rest,
  });
  clouds.push(cloud);
  const region = cloud.regions[0]!;
  return {
    cloud,
    region,
    logs,
    services: region.services,
    outputs: region.stacks[0]!.outputs,
    sdk: { region: REGION, endpoint: region.endpoint, credentials, maxAttempts: 1 },
    invoke: (name, event) => region.services.lambda.invoke(name, event),
    stop: () => cloud.stop(),
  };
}

/** A function resource. `code` is a complete CommonJS module. */
export function fn(name: string, code: string, properties: object = {}): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 10,
      MemorySize: 256,
      Code: { ZipFile: code },
      ...properties,
    },
  };
}

export function arnOfFunction(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
}
