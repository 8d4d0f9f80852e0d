import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LocalError } from '../../support/errors';

/** Newest major version of the cloud assembly schema that this reader supports. aws-cdk-lib 2.276 writes 55. */
const KNOWN_SCHEMA = 60;
/** Environment of a stack that is environment-agnostic. */
const DEFAULT_ACCOUNT = '000000000000';
const DEFAULT_REGION = 'us-east-1';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
}

export interface Template {
  readonly Description?: string;
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<
    Record<
      string,
      {
        readonly Value: unknown;
        readonly Description?: string;
        readonly Condition?: string;
        readonly Export?: { readonly Name: unknown };
      }
    >
  >;
  readonly Parameters?: Readonly<
    Record<string, { readonly Type: string; readonly Default?: unknown; readonly NoEcho?: boolean | string }>
  >;
  readonly Mappings?: Readonly<Record<string, unknown>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

/** A stack of an assembly. */
export interface AssemblyStack {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  readonly template: Template;
  readonly tags: Readonly<Record<string, string>>;
  /** Paths of unpacked assets, by the S3 key of a deployment. */
  readonly assets: ReadonlyMap<string, string>;
}

/** ARN of a stack. AWS ends it with a UUID. */
export function stackId({ region, accountId, name }: AssemblyStack): string {
  return `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/local`;
}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly dependencies?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path?: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
}

/**
 * Reads the stacks of a cloud assembly and of its stages, in dependency order.
 *
 * @throws LocalError assembly_missing or assembly_invalid, naming the file
 */
export function readAssembly(directory: string): readonly AssemblyStack[] {
  if (!existsSync(path.join(directory, 'manifest.json'))) {
    throw new LocalError('assembly_missing', `${directory} contains no manifest.json. Run: npx cdk synth`);
  }
  const manifest = readJson(path.join(directory, 'manifest.json'), isManifest);
  const major = Number.parseInt(manifest.version, 10);
  if (!(major <= KNOWN_SCHEMA)) {
    const what = `${directory}/manifest.json has schema ${manifest.version}, the newest supported is ${KNOWN_SCHEMA}`;
    throw new LocalError('assembly_invalid', `${what}. Update cdk-realtime.`);
  }
  const assets = readAssets(directory, Object.values(manifest.artifacts));
  return inOrder(directory, manifest.artifacts).flatMap(([id, artifact]) => {
    if (artifact.type === 'cdk:cloud-assembly') {
      return readAssembly(path.join(directory, text(artifact, 'directoryName', directory)));
    }
    return artifact.type === 'aws:cloudformation:stack' ? [readStack(directory, id, artifact, assets)] : [];
  });
}

/** Paths of the files in the asset manifests of an assembly, by S3 key. */
function readAssets(directory: string, artifacts: readonly Artifact[]): ReadonlyMap<string, string> {
  const manifests = artifacts.filter(({ type }) => type === 'cdk:asset-manifest');
  return new Map(
    manifests.flatMap((artifact) => {
      const { files = {} } = readJson(
        path.join(directory, text(artifact, 'file', directory)),
        isObject,
      ) as AssetManifest;
      return Object.values(files).flatMap(({ source, destinations }) =>
        Object.values(destinations).map(
          ({ objectKey }) => [objectKey, path.resolve(directory, source.path ?? '')] as const,
        ),
      );
    }),
  );
}

function readStack(
  directory: string,
  id: string,
  artifact: Artifact,
  assets: ReadonlyMap<string, string>,
): AssemblyStack {
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(artifact.environment ?? '') ?? [];
  const name = artifact.properties?.stackName;
  return {
    id,
    name: typeof name === 'string' ? name : id,
    region: region === undefined || region === 'unknown-region' ? DEFAULT_REGION : region,
    accountId: account === undefined || account === 'unknown-account' ? DEFAULT_ACCOUNT : account,
    template: readJson(path.join(directory, text(artifact, 'templateFile', directory)), isObject),
    tags: (artifact.properties?.tags ?? {}) as Readonly<Record<string, string>>,
    assets,
  };
}

function text(artifact: Artifact, property: string, directory: string): string {
  const value = artifact.properties?.[property];
  if (typeof value !== 'string') {
    throw new LocalError(
      'assembly_invalid',
      `${directory}/manifest.json: an artifact has no ${property}. Run: npx cdk synth`,
    );
  }
  return value;
}

/** Artifacts in dependency order, otherwise in the order of the manifest. */
function inOrder(
  directory: string,
  artifacts: Readonly<Record<string, Artifact>>,
): readonly (readonly [string, Artifact])[] {
  const ordered = new Map<string, Artifact>();
  const visit = (id: string, path: readonly string[]): void => {
    const artifact = artifacts[id];
    if (artifact === undefined || ordered.has(id)) return;
    if (path.includes(id)) {
      const circle = [...path.slice(path.indexOf(id)), id].join(' -> ');
      throw new LocalError(
        'assembly_invalid',
        `${directory}/manifest.json: circular dependency between artifacts: ${circle}. Run: npx cdk synth`,
      );
    }
    for (const dependency of artifact.dependencies ?? []) visit(dependency, [...path, id]);
    ordered.set(id, artifact);
  };
  for (const id of Object.keys(artifacts)) visit(id, []);
  return [...ordered];
}

function readJson<T>(file: string, is: (value: unknown) => value is T): T {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new LocalError('assembly_invalid', `${file} is not valid JSON. Run: npx cdk synth`, { cause });
  }
  if (!is(value))
    throw new LocalError(
      'assembly_invalid',
      `${file} does not have the format of a cloud assembly. Run: npx cdk synth`,
    );
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isManifest(value: unknown): value is { version: string; artifacts: Record<string, Artifact> } {
  return isObject(value) && typeof value.version === 'string' && isObject(value.artifacts);
}
