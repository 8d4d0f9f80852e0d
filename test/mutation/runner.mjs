// A test runner for StrykerJS that runs the unit tests in its own process, with jest's engine (jest-circus) and matchers.
// @stryker-mutator/jest-runner starts jest again for every mutant, and loads every test file that imports the mutated file: about
// 20 s a mutant. This one loads the test files that reach the mutant, and runs the tests that do. docs/decisions/0024-mutation-testing.md
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  PluginKind,
  declareFactoryPlugin,
  declareValuePlugin,
  commonTokens,
  tokens,
} from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner';
import { expect } from 'expect';
import fc from 'fast-check';
import * as circus from 'jest-circus';
import { fn, spyOn } from 'jest-mock';
import { createLoader } from './module-loader.mjs';

const { describe, test, it, beforeAll, beforeEach, afterAll, afterEach } = circus;
const TEST_TIMEOUT_MS = 30_000;
/** Timeout of a test with a mutant, which may wait for ever: this, and ten times what the test took without. */
const MUTANT_TIMEOUT_MS = 2_000;
/** Hits of a mutant in one test, besides a hundred times the hits without it, that mean a loop without end. */
const MIN_HIT_LIMIT = 10_000;

/** Runs of a property. More runs would kill few mutants more. */
const MAX_RUNS = 100;
const SEED = 20260101;
/** fast-check with few runs, a fixed seed, and without the search for a smaller counterexample, which takes hundreds of runs. */
const quickCheck = {
  ...fc,
  assert: (property, parameters = {}) =>
    fc.assert(property, {
      seed: SEED,
      ...parameters,
      numRuns: Math.min(parameters.numRuns ?? MAX_RUNS, MAX_RUNS),
      endOnFailure: true,
    }),
};
const PACKAGES = { 'fast-check': { ...quickCheck, __esModule: true, default: quickCheck } };

/** What the instrumented code reads: the mutant to use; and writes: which test reached which mutant. */
const context = (globalThis.__stryker__ = {});
Object.assign(globalThis, {
  describe,
  test,
  it,
  beforeAll,
  beforeEach,
  afterAll,
  afterEach,
  expect,
  jest: { fn, spyOn },
});

function testFilesOf({ folders, exclude }) {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name)),
  );
  return files.filter((file) => file.endsWith('.test.ts') && !exclude.includes(file.replaceAll(path.sep, '/'))).sort();
}

function* testsOf(block) {
  for (const child of block.children) {
    if (child.type === 'test') yield child;
    else yield* testsOf(child);
  }
}

/** Names each test by its file and titles; tests of one name by their order. */
function nameTests(file, tests) {
  const uses = new Map();
  for (const test of tests) {
    const titles = [test.name];
    for (let block = test.parent; block.parent !== undefined; block = block.parent) titles.unshift(block.name);
    const id = `${file}: ${titles.join(' ')}`;
    const use = (uses.get(id) ?? 0) + 1;
    uses.set(id, use);
    test.id = use === 1 ? id : `${id} (${use})`;
  }
}

/** The limit of hits of the running test was exceeded: the mutant loops without end. */
let isHitLimitReached = false;
let hitLimitOf = () => undefined;
const skipAll = () => {
  for (const test of testsOf(circus.getState().rootDescribeBlock)) test.mode = 'skip';
};

let isBailing = false;
circus.addEventHandler((event) => {
  if (event.name === 'test_start') {
    context.currentTestId = event.test.id;
    context.hitLimit = hitLimitOf(event.test.id);
    context.hitCount = context.hitLimit === undefined ? undefined : 0;
    event.test.startedMs = performance.now();
  } else if (event.name === 'test_done') {
    context.currentTestId = undefined;
    isHitLimitReached ||= context.hitCount > context.hitLimit;
    event.test.spentMs = performance.now() - event.test.startedMs;
    if (isBailing && event.test.errors.length > 0) skipAll();
  }
});

function resultOf(file, test) {
  const result = { id: test.id, name: test.id, fileName: file, timeSpentMs: test.spentMs ?? 0 };
  const [error] = test.errors.flat();
  if (error !== undefined)
    return { ...result, status: TestStatus.Failed, failureMessage: String(error?.stack ?? error) };
  return { ...result, status: test.status === 'done' ? TestStatus.Success : TestStatus.Skipped };
}

/**
 * Runs the tests of one file.
 *
 * @param filter ids of the tests to run; undefined for all
 * @param activate called between loading the modules and running the tests
 * @param timeoutOf the timeout of a test by its id; undefined for its own
 */
async function runFile(file, { filter, activate, timeoutOf }) {
  circus.resetState();
  const state = circus.getState();
  state.parentProcess = process;
  state.testTimeout = TEST_TIMEOUT_MS;
  createLoader(PACKAGES)(path.resolve(file));
  activate();
  const tests = [...testsOf(state.rootDescribeBlock)];
  nameTests(file, tests);
  if (timeoutOf !== undefined) for (const test of tests) test.timeout = timeoutOf(test.id);
  if (filter !== undefined) {
    for (const test of tests) if (!filter.has(test.id)) test.mode = 'skip';
  }
  await circus.run();
  return tests.map((test) => resultOf(file, test)).filter(({ status }) => status !== TestStatus.Skipped);
}

/** What the dry run measured. A file, because other processes, and those that replace them, make no dry run. */
const MEASURES = '.dry-run.json';

function readMeasures() {
  if (!existsSync(MEASURES)) return { fileMs: {}, testMs: {}, hits: {} };
  return JSON.parse(readFileSync(MEASURES, 'utf8'));
}

class InProcessRunner {
  #files;
  /** Milliseconds of each test file and of each test, and hits of each mutant by test. */
  #measures;

  constructor(options) {
    this.#files = testFilesOf(options.inProcess);
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun({ coverageAnalysis }) {
    const tests = [];
    const fileMs = {};
    for (const file of this.#files) {
      const startedMs = performance.now();
      tests.push(...(await runFile(file, { activate: () => undefined })));
      fileMs[file] = performance.now() - startedMs;
    }
    const testMs = Object.fromEntries(tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]));
    const mutantCoverage = coverageAnalysis === 'off' ? undefined : context.mutantCoverage;
    writeFileSync(MEASURES, JSON.stringify({ fileMs, testMs, hits: mutantCoverage?.perTest ?? {} }));
    return { status: DryRunStatus.Complete, tests, mutantCoverage };
  }

  /** The files with tests to run. The quickest run first: most mutants die early. */
  #filesToRun(filter) {
    const { fileMs } = this.#measures;
    const wanted = filter === undefined ? undefined : new Set([...filter].map((id) => id.slice(0, id.indexOf(': '))));
    return this.#files
      .filter((file) => wanted?.has(file) ?? true)
      .sort((one, other) => (fileMs[one] ?? 0) - (fileMs[other] ?? 0));
  }

  async mutantRun({ activeMutant, testFilter, disableBail, mutantActivation }) {
    this.#measures ??= readMeasures();
    const { testMs, hits } = this.#measures;
    const filter = testFilter === undefined ? undefined : new Set(testFilter);
    // StrykerJS's own limit counts the hits of all tests: a loop without end would run for a minute.
    hitLimitOf = (id) => MIN_HIT_LIMIT + 100 * (hits[id]?.[activeMutant.id] ?? 0);
    isHitLimitReached = false;
    const timeoutOf = (id) => MUTANT_TIMEOUT_MS + 10 * (testMs[id] ?? MUTANT_TIMEOUT_MS / 10);
    isBailing = !disableBail;
    const activate = () => {
      context.activeMutant = activeMutant.id;
    };
    const tests = [];
    try {
      for (const file of this.#filesToRun(filter)) {
        context.activeMutant = undefined;
        if (mutantActivation === 'static') activate();
        try {
          tests.push(...(await runFile(file, { filter, activate, timeoutOf })));
        } catch (error) {
          // The mutant broke a module while it was loaded: every test of this file fails.
          const name = `${file}: loads`;
          tests.push({ id: name, name, timeSpentMs: 0, status: TestStatus.Failed, failureMessage: String(error) });
        }
        if (isBailing && tests.some(({ status }) => status === TestStatus.Failed)) break;
      }
    } finally {
      context.activeMutant = undefined;
    }
    if (isHitLimitReached) return { status: MutantRunStatus.Timeout, reason: 'a loop without end' };
    return toMutantRunResult({ status: DryRunStatus.Complete, tests }, disableBail);
  }
}

createRunner.inject = tokens(commonTokens.options);
function createRunner(options) {
  return new InProcessRunner(options);
}

/** Fields of warnings and errors in the log help a reader to find the cause. Nothing depends on them, unlike on those of `info`. */
const logFields = {
  shouldIgnore({ node, parent }) {
    const isField = node.type === 'ObjectExpression' && parent?.type === 'CallExpression';
    const { object, property } = (isField && parent.callee) || {};
    const isLogger = object?.name === 'logger' || object?.property?.name === 'logger';
    return isLogger && ['warn', 'error'].includes(property?.name) ? 'fields of a log line' : undefined;
  },
};

export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.TestRunner, 'in-process', createRunner),
  declareValuePlugin(PluginKind.Ignore, 'log-fields', logFields),
];
export const strykerValidationSchema = {
  properties: {
    inProcess: {
      type: 'object',
      required: ['folders', 'exclude'],
      properties: {
        folders: { type: 'array', items: { type: 'string' } },
        exclude: { type: 'array', items: { type: 'string' } },
      },
    },
  },
};
