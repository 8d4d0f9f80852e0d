// Valid and invalid cloud assemblies.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { App, CfnOutput, Stack, Stage } from 'aws-cdk-lib';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LocalError } from '../../../../../local';
import { readAssembly } from '../../../../../local/cloudformation/assembly/reader';
import { assemblyOf, temporaryFolder, writeFiles } from '../../../../support/local/local-cloud';

function failure(directory: string): LocalError {
  try {
    readAssembly(directory);
  } catch (error) {
    if (error instanceof LocalError) return error;
    throw error;
  }
  throw new Error('it was read');
}

describe('readAssembly', () => {
  test('given nested stages, when the assembly is read, then all stacks are in dependency order', () => {
    const app = new App({ outdir: temporaryFolder() });
    const outer = new Stage(app, 'Outer', { env: { account: '111122223333', region: 'eu-west-1' } });
    const inner = new Stage(outer, 'Inner', { env: { account: '111122223333', region: 'us-west-2' } });
    const second = new Stack(outer, 'ASecond');
    const first = new Stack(outer, 'ZFirst');
    second.addStackDependency(first);
    new Stack(inner, 'Deep');
    new Stack(app, 'Plain', { stackName: 'named' });
    const stacks = readAssembly(app.synth().directory);
    const names = stacks.map(({ name }) => name);
    expect([...names].sort()).toEqual(['Outer-ASecond', 'Outer-Inner-Deep', 'Outer-ZFirst', 'named']);
    expect(names.indexOf('Outer-ZFirst')).toBeLessThan(names.indexOf('Outer-ASecond'));
    expect(stacks.find(({ name }) => name === 'Outer-Inner-Deep')).toMatchObject({
      region: 'us-west-2',
      accountId: '111122223333',
    });
    // An environment-agnostic stack gets a default environment.
    expect(stacks.find(({ name }) => name === 'named')).toMatchObject({
      region: 'us-east-1',
      accountId: '000000000000',
    });
  });

  test('when the assembly is read, then assets map to their directories', () => {
    const code = writeFiles(temporaryFolder(), { 'index.js': 'exports.handler = async () => 1;' });
    const app = new App({ outdir: temporaryFolder() });
    const stack = new Stack(app, 'Assets');
    const handler = new Function(stack, 'Fn', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromAsset(code),
    });
    new CfnOutput(stack, 'Name', { value: handler.functionName });
    const [read] = readAssembly(app.synth().directory);
    const resource = Object.values(read!.template.Resources!).find(({ Type }) => Type === 'AWS::Lambda::Function')!;
    const { S3Key: key } = resource.Properties!.Code as { S3Key: string };
    expect(path.isAbsolute(read!.assets.get(key)!)).toBe(true);
  });
});

describe('an invalid assembly', () => {
  test('given a directory without an assembly, then the read fails', () => {
    expect(failure(temporaryFolder())).toMatchObject({
      code: 'assembly_missing',
      message: expect.stringContaining('npx cdk synth'),
    });
  });

  test('given a schema newer than the reader supports, then the read fails', () => {
    const folder = writeFiles(temporaryFolder(), { 'manifest.json': '{"version":"999.0.0","artifacts":{}}' });
    expect(failure(folder)).toMatchObject({
      code: 'assembly_invalid',
      message: expect.stringContaining('has schema 999.0.0'),
    });
    writeFileSync(path.join(folder, 'manifest.json'), '{"version":"x","artifacts":{}}');
    expect(failure(folder).code).toBe('assembly_invalid');
  });

  test.each(['{', '[]', '{"version":1}', '{"version":"55.0.0","artifacts":[]}'])(
    'given the manifest %s, then the read fails',
    (text) => {
      const folder = writeFiles(temporaryFolder(), { 'manifest.json': text });
      const { code, message } = failure(folder);
      expect(code).toBe('assembly_invalid');
      expect(message).toContain('manifest.json');
      expect(message).toContain('npx cdk synth');
    },
  );

  test('given missing or malformed files, then the read fails and names the file', () => {
    const folder = assemblyOf({ Test: { template: {}, assets: { a: 'b' } } });
    writeFileSync(path.join(folder, 'Test.template.json'), 'none');
    expect(failure(folder).message).toContain('Test.template.json');
    rmSync(path.join(folder, 'Test.assets.json'));
    expect(failure(folder).message).toContain('Test.assets.json');
  });

  test('given an artifact without a file, then the read fails', () => {
    const artifacts = { Test: { type: 'aws:cloudformation:stack' } };
    const manifest = JSON.stringify({ version: '55.0.0', artifacts });
    expect(failure(writeFiles(temporaryFolder(), { 'manifest.json': manifest })).message).toContain('templateFile');
  });

  test('given a circular dependency between stacks, then the read fails', () => {
    const folder = assemblyOf({
      A: { template: {}, dependencies: ['B'] },
      B: { template: {}, dependencies: ['A'] },
    });
    expect(failure(folder)).toMatchObject({
      code: 'assembly_invalid',
      message: expect.stringContaining('A -> B -> A'),
    });
  });
});
