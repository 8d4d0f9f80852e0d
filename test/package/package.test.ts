import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import ts from 'typescript';
import { temporaryFolder } from '../support/templates/assembly';
import { root } from '../support/root';

/** Folders and files that are not copied: those that a build does not read, and its results, so that no old one is packed. */
const NOT_COPIED = ['node_modules', '.git', 'test', 'dist', 'dist-jsii', 'assets', 'cdk.out', '.cdk-realtime', '.jsii'];

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

function run(
  command: string,
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, output: `${stdout}${stderr}` };
}

function succeed(command: string, args: string[], cwd: string, env?: NodeJS.ProcessEnv): string {
  const { status, output } = run(command, args, cwd, env);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(status)}:\n${output}`);
  return output;
}

const node = (cwd: string, ...args: string[]): string => succeed(process.execPath, args, cwd);

/** Builds a copy, so that other processes in this checkout are not disturbed. */
function build(): string {
  const copy = temporaryFolder('copy');
  cpSync(root, copy, {
    recursive: true,
    filter: (source) =>
      !path
        .relative(root, source)
        .split(path.sep)
        .some((part) => NOT_COPIED.includes(part)),
  });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
  node(copy, path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs'), 'scripts/build.ts');
  return copy;
}

function pack(copy: string, folder: string): Packed {
  const [packed] = JSON.parse(
    spawnSync('npm', ['pack', folder, '--json', '--ignore-scripts', '--offline', '--loglevel=error'], {
      cwd: copy,
      encoding: 'utf8',
    }).stdout,
  ) as Packed[];
  if (packed === undefined) throw new Error(`${folder} was not packed`);
  return packed;
}

/** The README's TypeScript, and a version in which the function that its comment names exists. */
function readmeStack(): { readonly asWritten: string; readonly runnable: string } {
  const [, asWritten = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(path.join(root, 'README.md'), 'utf8')) ?? [];
  const remark = '// realtime.grants.publish(fn)';
  expect(asWritten).toContain(remark);
  const fn = `const fn = new lambda.Function(stack, 'Backend', {
    runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromAsset('backend'),
  });
  realtime.grants.publish(fn); //`;
  return { asWritten, runnable: `import * as lambda from 'aws-cdk-lib/aws-lambda';\n${asWritten.replace(remark, fn)}` };
}

const consumer = temporaryFolder('consumer');
let copy: string;
let library: Packed;
let client: Packed;
const inConsumer = (...parts: string[]): string => path.join(consumer, ...parts);

beforeAll(() => {
  copy = build();
  [library, client] = [pack(copy, '.'), pack(copy, './client')];
  writeFileSync(inConsumer('package.json'), JSON.stringify({ name: 'consumer', private: true }));
  const tarballs = [library, client].map(({ filename }) => path.join(copy, filename));
  // No registry is needed: the packages have no dependencies, and their peers are linked.
  const quietly = ['--offline', '--no-save', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=error'];
  succeed('npm', ['install', ...quietly, ...tarballs], consumer);
  mkdirSync(inConsumer('node_modules', '@types'));
  for (const name of ['aws-cdk-lib', 'constructs', '@types/node', 'undici-types']) {
    symlinkSync(path.join(root, 'node_modules', name), inConsumer('node_modules', name), 'junction');
  }
}, 180_000);

describe('the tarball of cdk-realtime', () => {
  const files = (): string[] => library.files.map((file) => file.path);

  test('given its files, then they include the constructs, the functions, the command line, the jsii assembly and the documents', () => {
    expect(files()).toEqual(
      expect.arrayContaining([
        ...['package.json', 'README.md', 'LICENSE', '.jsii', 'docs/reference/API.md', 'docs/reference/errors.md'],
        ...['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js', 'dist/cli/bootstrap.cjs', 'dist/cli/client.mjs'],
        ...['dist/cli/page/index.html', 'dist/cli/page/app.js', 'dist/cli/page/style.css'],
        ...['authorizer', 'connect', 'disconnect', 'fanout', 'health', 'message', 'publish'].map(
          (name) => `assets/${name}/index.js`,
        ),
      ]),
    );
  });

  test('given its files, then none is a source, a test, a source map or a compiler state', () => {
    const expected =
      /^(package\.json|README\.md|LICENSE|\.jsii|docs\/reference\/(API|errors)\.md|assets\/\w+\/index\.js|dist\/.+)$/;
    expect(files().filter((file) => !expected.test(file))).toEqual([]);
    const inDist =
      /^dist\/(cli\/(main\.js|bootstrap\.cjs|client\.mjs|page\/[\w.]+|prebuilds\/[\w+-]+\/[\w.-]+)|[\w/-]+\.(js|d\.ts)|\.warnings\.jsii\.js)$/;
    expect(files().filter((file) => file.startsWith('dist/') && !inDist.test(file))).toEqual([]);
  });

  test('given its package.json, then it has only the CDK as peer dependencies, and no install script', () => {
    const manifest = JSON.parse(readFileSync(inConsumer('node_modules/cdk-realtime/package.json'), 'utf8'));
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.optionalDependencies).toBeUndefined();
    expect(manifest.bundledDependencies).toBeUndefined();
    expect(Object.keys(manifest.peerDependencies)).toEqual(['aws-cdk-lib', 'constructs']);
    expect(manifest.scripts.postinstall).toBeUndefined();
  });

  test('given builds in two folders, then the functions are byte-equal, so that users redeploy only changed ones', () => {
    const bundles = (folder: string): string[] =>
      readdirSync(path.join(folder, 'assets'))
        .sort()
        .map((name) => {
          const bytes = readFileSync(path.join(folder, 'assets', name, 'index.js'));
          return `${name} ${createHash('sha256').update(bytes).digest('hex')}`;
        });
    expect(bundles(copy)).toHaveLength(10);
    expect(bundles(copy)).toEqual(bundles(root));
  });

  test('given its files, then none contains a path of the machine that built it', () => {
    const texts = files().filter((one) => /\.(js|cjs|mjs|ts|md|jsii)$/.test(one));
    for (const file of texts) {
      const text = readFileSync(inConsumer('node_modules/cdk-realtime', file), 'utf8');
      expect({ file, names: text.includes(copy) }).toEqual({ file, names: false });
    }
  });
});

describe('a project that uses cdk-realtime', () => {
  const assembly = inConsumer('cdk.out');
  const synthesizeReadme = (): string => {
    const { outputText } = ts.transpileModule(readmeStack().runnable, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    writeFileSync(inConsumer('app.cjs'), outputText);
    mkdirSync(inConsumer('backend'), { recursive: true });
    writeFileSync(inConsumer('backend', 'index.js'), 'exports.handler = () => {};');
    // The CDK's command line sets this variable; an App then synthesizes when the program ends.
    return succeed(process.execPath, ['app.cjs'], consumer, { CDK_OUTDIR: assembly });
  };

  test('given CommonJS, when the README’s stack is synthesized, then its functions are staged', () => {
    synthesizeReadme();

    const { Resources } = JSON.parse(readFileSync(path.join(assembly, 'Chat.template.json'), 'utf8'));
    const types = Object.values(Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(8);
    const staged = readdirSync(assembly).filter((name) => name.startsWith('asset.'));
    expect(staged).toHaveLength(8);
    for (const name of staged) expect(existsSync(path.join(assembly, name, 'index.js'))).toBe(true);
  });

  const typeCheck = (name: string, files: Record<string, string>, options: object): ReturnType<typeof run> => {
    for (const [file, text] of Object.entries(files)) writeFileSync(inConsumer(file), text);
    const compilerOptions = {
      strict: true,
      noEmit: true,
      types: ['node'],
      target: 'es2023',
      lib: ['es2023', 'dom'],
      module: 'nodenext',
      moduleResolution: 'nodenext',
      ...options,
    };
    writeFileSync(inConsumer(name), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
    return run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', name], consumer);
  };

  test('given strict TypeScript and Node’s module resolution, then the README’s stack type-checks', () => {
    const { asWritten } = readmeStack();
    // Skip the check of aws-cdk-lib's declarations, which takes 10 s.
    const result = typeCheck(
      'tsconfig.app.json',
      { 'app.mts': asWritten, 'app.cts': asWritten },
      { skipLibCheck: true },
    );
    expect(result).toEqual({ status: 0, output: '' });
  }, 60_000);

  test('given the strictest TypeScript options, then the client and its declarations type-check', () => {
    const usage = `
      import { RealtimeClient, RealtimeError } from 'cdk-realtime-client';
      import { mintToken } from 'cdk-realtime-client/token';
      export const token: Promise<string> = mintToken({
        secret: '', clientId: 'ada', capabilities: { 'chat:*': ['subscribe'] }, expiresIn: 60,
      });
      export const client = new RealtimeClient({ url: 'wss://a/v1', token: () => token });
      client.channel('chat:lobby').subscribe((message) => console.log(message.from, message.data));
      export const code = (error: unknown): number | undefined => error instanceof RealtimeError ? error.code : undefined;
      // @ts-expect-error a client needs an address
      new RealtimeClient({ token: () => token });
    `;
    const strictest = { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false };
    const result = typeCheck('tsconfig.client.json', { 'client.mts': usage, 'client.cts': usage }, strictest);
    expect(result).toEqual({ status: 0, output: '' });
  }, 60_000);

  test('given an invalid prop, when the stack is synthesized, then the error has its code, path and rule', () => {
    const script = `
      const { App, Stack } = require('aws-cdk-lib');
      const { RealtimeApi } = require('cdk-realtime');
      new RealtimeApi(new Stack(new App(), 'Chat'), 'Realtime', { namespaces: [] });
    `;
    const { status, output } = run(process.execPath, ['-e', script], consumer);
    expect(status).toBe(1);
    expect(output).toContain('61000 prop_invalid at Chat/Realtime: `namespaces` must contain at least one namespace');
  });

  test('when npx cdk-realtime --help runs, then it prints the usage', () => {
    expect(succeed('npx', ['--no', '--offline', 'cdk-realtime', '--help'], consumer)).toMatch(/Usage: cdk-realtime/);
  });

  test('given their assembly, when cdk-realtime dev runs, then it prints that it is ready, and exits on SIGTERM', async () => {
    if (!existsSync(assembly)) synthesizeReadme();
    const main = inConsumer('node_modules/cdk-realtime/dist/cli/main.js');
    const child = spawn(process.execPath, [main, 'dev', '--assembly', assembly, '--json', '--port', '0'], {
      cwd: consumer,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | string | null>((resolve) => {
      child.on('exit', (code, signal) => resolve(code ?? signal));
    });
    try {
      const line = await new Promise<string>((resolve, reject) => {
        createInterface(child.stdout).once('line', resolve);
        child.once('exit', (code) => reject(new Error(`dev exited with ${String(code)} before it was ready`)));
      });
      const { ready, page, regions } = JSON.parse(line);
      expect(ready).toBe(true);
      expect(regions).toMatchObject([{ region: 'eu-west-1', ws: expect.stringMatching(/^ws:/) }]);
      expect(await (await fetch(page)).text()).toContain('<html');
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
  });
});

describe('the client package', () => {
  const files = (): string[] => client.files.map((file) => file.path);

  test('given its tarball, then it has the ESM, CommonJS and browser builds and the types, and no other file', () => {
    expect(files()).toEqual(
      expect.arrayContaining([
        ...['package.json', 'README.md', 'dist/index.mjs', 'dist/index.cjs', 'dist/browser.mjs'],
        ...['dist/token.mjs', 'dist/token.cjs', 'dist/types/client/src/index.d.ts', 'dist/types/client/src/token.d.ts'],
      ]),
    );
    const expected =
      /^(package\.json|README\.md|LICENSE|dist\/\w+\.[cm]js|dist\/types\/(client\/src|protocol)\/[\w./-]+\.d\.ts)$/;
    expect(files().filter((file) => !expected.test(file))).toEqual([]);
  });

  test('given its package.json, then it has no dependencies', () => {
    const manifest = JSON.parse(readFileSync(inConsumer('node_modules/cdk-realtime-client/package.json'), 'utf8'));
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies'])
      expect(manifest[kind]).toBeUndefined();
  });

  test('given its package.json, then every file that it names is in the tarball', () => {
    const manifest = JSON.parse(readFileSync(inConsumer('node_modules/cdk-realtime-client/package.json'), 'utf8'));
    const targets = (value: unknown): string[] =>
      typeof value === 'string' ? [value] : Object.values(value as object).flatMap(targets);
    for (const target of [manifest.main, manifest.module, manifest.types, ...targets(manifest.exports)]) {
      expect(files()).toContain((target as string).replace(/^\.\//, ''));
    }
  });

  const use =
    "if (typeof RealtimeClient !== 'function' || typeof mintToken !== 'function') throw new Error('missing export');";

  test('when it is imported, then its exports are functions', () => {
    const from =
      "import { RealtimeClient } from 'cdk-realtime-client'; import { mintToken } from 'cdk-realtime-client/token';";
    node(consumer, '--input-type=module', '-e', from + use);
  });

  test('when it is required, then its exports are functions', () => {
    const from =
      "const { RealtimeClient } = require('cdk-realtime-client'); const { mintToken } = require('cdk-realtime-client/token');";
    node(consumer, '-e', from + use);
  });

  test.each(['index.mjs', 'index.cjs', 'browser.mjs'])(
    'given %s, then it imports neither a package nor a Node built-in',
    (file) => {
      const text = readFileSync(inConsumer('node_modules/cdk-realtime-client/dist', file), 'utf8');
      expect(text).not.toMatch(/\brequire\(|\bfrom\s*["']|\bimport\s*["'(]|node:|process\.|\bBuffer\b/);
    },
  );

  test('given the browser build, then it does not contain mintToken, which needs the secret', () => {
    const text = readFileSync(inConsumer('node_modules/cdk-realtime-client/dist/browser.mjs'), 'utf8');
    expect(text).not.toMatch(/mintToken|SignJWT|HS256/);
  });
});
