import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { FunctionConfig } from './config';
import { bootstrapFile } from './bootstrap-file';

/** An error as Lambda reports it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** Result of one invocation. */
export type Outcome = { readonly payload: string | undefined } | { readonly error: FunctionError };

type FromWorker =
  | { readonly type: 'ready'; readonly initMs: number }
  | { readonly type: 'output'; readonly text: string }
  /** `fatal`: the thread exits after this message. */
  | { readonly type: 'result'; readonly payload?: string; readonly error?: FunctionError; readonly fatal?: boolean };

/** Maximum duration of the init phase. Milliseconds. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const INIT_TIMEOUT = 10_000;

/** One execution environment of a function: own module state, environment and memory; one invocation at a time; frozen in between. */
export class Instance {
  /** Duration of the init phase, once it has ended. Milliseconds. */
  public initMs: number | undefined;
  /** End of its last invocation. Milliseconds since 1970, by the wall clock. */
  public idleSince = Date.now();
  public alive = true;
  /** True until its first invocation, which reports the init duration. */
  public isNew = true;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly wakeCounter: Int32Array;
  /** Resolves when the init phase has ended, or the thread has. */
  public readonly ready: Promise<void>;
  private settle: ((outcome: Outcome) => void) | undefined;
  private whenReady: (() => void) | undefined;
  /** Reason for the end of the thread. */
  private ended: FunctionError | undefined;

  /** @param onOutput receives the output of the function on stdout and stderr */
  public constructor(
    private readonly config: FunctionConfig,
    environment: Readonly<Record<string, string>>,
    private readonly onOutput: (text: string) => void,
  ) {
    const { port1, port2 } = new MessageChannel();
    const wake = new SharedArrayBuffer(4);
    this.port = port1;
    this.wakeCounter = new Int32Array(wake);
    const { directory, handler, runtimeMajor, name, arn, memory } = config;
    this.worker = new Worker(bootstrapFile(), {
      workerData: { port: port2, wake, directory, handler, runtimeMajor, functionName: name, functionArn: arn, memory },
      transferList: [port2],
      env: { ...environment },
      // Warnings of the AWS SDK about this machine's Node.js version are not output of the function.
      execArgv: ['--no-warnings'],
      resourceLimits: { maxOldGenerationSizeMb: memory },
    });
    this.ready = new Promise((resolve) => {
      this.whenReady = resolve;
    });
    this.port.on('message', (message: FromWorker) => {
      this.receive(message);
    });
    this.worker.on('error', (error: NodeJS.ErrnoException) => {
      const outOfMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.exited(`Runtime exited with error: ${outOfMemory ? 'signal: killed' : error.message}`);
    });
    this.worker.on('exit', (code) => {
      this.exited(
        code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`,
      );
    });
    this.worker.unref();
    const initTimer = setTimeout(() => {
      this.end(exitError(`Init exceeded ${INIT_TIMEOUT / 1000} s`));
    }, INIT_TIMEOUT);
    void this.ready.then(() => {
      clearTimeout(initTimer);
    });
  }

  /** Runs one invocation. An instance that crashes or times out is not alive afterwards. */
  public async invoke(event: string, requestId: string): Promise<Outcome> {
    const named = (outcome: Outcome): Outcome =>
      'error' in outcome ? { error: withId(outcome.error, requestId) } : outcome;
    await this.ready;
    if (this.ended !== undefined) return named({ error: this.ended });
    const { timeout } = this.config;
    const timer = setTimeout(() => {
      const errorMessage = `Task timed out after ${(timeout / 1000).toFixed(2)} seconds`;
      this.end({ errorType: 'Sandbox.Timedout', errorMessage });
    }, timeout);
    const outcome = await new Promise<Outcome>((resolve) => {
      this.settle = resolve;
      this.port.postMessage({ event, requestId, deadline: Date.now() + timeout });
      Atomics.add(this.wakeCounter, 0, 1);
      Atomics.notify(this.wakeCounter, 0);
    });
    clearTimeout(timer);
    this.idleSince = Date.now();
    return named(outcome);
  }

  /** Ends the thread and its running invocation. */
  public async stop(): Promise<void> {
    this.end(STOPPED);
    await this.worker.terminate();
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.initMs = message.initMs;
        this.whenReady?.();
        break;
      case 'output':
        this.onOutput(message.text);
        break;
      case 'result':
        if (message.fatal === true && message.error !== undefined) this.end(message.error);
        else this.finish(message.error === undefined ? { payload: message.payload } : { error: message.error });
    }
  }

  /** Handles the exit of the thread. Its last message may still be in the port, and holds the precise reason. */
  private exited(errorMessage: string): void {
    for (let last = receiveMessageOnPort(this.port); last !== undefined; last = receiveMessageOnPort(this.port)) {
      this.receive(last.message as FromWorker);
    }
    this.end(exitError(errorMessage));
  }

  /** Marks the instance as dead, and fails its running invocation. */
  private end(error: FunctionError): void {
    if (!this.alive) return;
    this.alive = false;
    this.ended = error;
    this.whenReady?.();
    this.finish({ error });
    this.port.close();
    void this.worker.terminate();
  }

  private finish(outcome: Outcome): void {
    this.settle?.(outcome);
    this.settle = undefined;
  }
}

/** Error of an invocation whose function is stopped while it runs. */
export const STOPPED = exitError('Runtime exited: the function was stopped');

function exitError(errorMessage: string): FunctionError {
  return { errorType: 'Runtime.ExitError', errorMessage };
}

/** Adds the request id to Lambda's own errors. Errors that the function threw stay unchanged. */
function withId(error: FunctionError, requestId: string): FunctionError {
  const isLambdas = error.errorType === 'Runtime.ExitError' || error.errorType === 'Sandbox.Timedout';
  return isLambdas ? { ...error, errorMessage: `RequestId: ${requestId} Error: ${error.errorMessage}` } : error;
}
