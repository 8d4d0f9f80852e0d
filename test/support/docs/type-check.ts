// Type-checks texts that are no files of the project, such as snippets of the documentation, against the sources.
import path from 'node:path';
import ts from 'typescript';
import { root } from './markdown';

const PACKAGES = {
  'cdk-realtime': [path.join(root, 'lib', 'index.ts')],
  'cdk-realtime-client': [path.join(root, 'client', 'src', 'index.ts')],
  'cdk-realtime-client/token': [path.join(root, 'client', 'src', 'token.ts')],
};

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  esModuleInterop: true,
  resolveJsonModule: true,
  noEmit: true,
  paths: PACKAGES,
};

/**
 * Type-checks texts, each as a module of its own in the root folder.
 *
 * @param texts TypeScript by a name that says where it comes from
 * @param options differences from the options that the project uses
 * @returns what the compiler reports about these texts, as `name:line: message`
 */
export function typeCheck(texts: ReadonlyMap<string, string>, options: ts.CompilerOptions = {}): readonly string[] {
  const names = new Map([...texts.keys()].map((name, index) => [path.join(root, `snippet-${index}.ts`), name]));
  const compilerOptions = { ...OPTIONS, ...options };
  const host = ts.createCompilerHost(compilerOptions);
  const textOf = (file: string): string | undefined => texts.get(names.get(path.normalize(file)) ?? '');
  const disk = { ...host };
  host.fileExists = (file) => textOf(file) !== undefined || disk.fileExists(file);
  host.readFile = (file) => textOf(file) ?? disk.readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = textOf(file);
    return text === undefined ? disk.getSourceFile(file, version, ...rest) : ts.createSourceFile(file, text, version);
  };
  const program = ts.createProgram([...names.keys()], compilerOptions, host);
  return [...names].flatMap(([file, name]) => {
    const source = program.getSourceFile(file);
    const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return diagnostics.map(({ start = 0, messageText }) => {
      const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `${name}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}
