import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { FunctionConfig } from './config';
import { bootstrapFile } from './bootstrap-file';

/** An error as Lambda reports it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What one invocation came to. */
export type Outcome = { readonly payload: string | undefined } | { readonly error: FunctionError };

type FromWorker =
  | { readonly type: 'ready'; readonly initMs: number }
  | { readonly type: 'output'; readonly text: string }
  /** `fatal`: the thread exits right after it. */
  | { readonly type: 'result'; readonly payload?: string; readonly error?: FunctionError; readonly fatal?: boolean };

/** Lambda gives an instance so long to load its code. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const INIT_TIMEOUT = 10_000;

/** One sandbox of a function: its own module state, environment and memory; one invocation at a time; frozen between. */
export class Instance {
  /** How long its code took to load, once it has. Milliseconds. */
  public initMs: number | undefined;
  /** When its last invocation ended. Milliseconds since 1970, by the wall clock. */
  public idleSince = Date.now();
  public alive = true;
  /** Until its first invocation, which is told how long the start took. */
  public isNew = true;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly wakeCounter: Int32Array;
  /** Resolves once its code is loaded, or it is gone. */
  public readonly ready: Promise<void>;
  private settle: ((outcome: Outcome) => void) | undefined;
  private whenReady: (() => void) | undefined;
  /** Why the thread is gone, or is going. */
  private ended: FunctionError | undefined;

  /** @param onOutput gets what the function writes to stdout and stderr */
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
      // The SDK's remarks about this machine's Node are not the function's output.
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

  /** Runs one invocation; an instance that ends in it is not alive afterwards. */
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

  /** Ends the thread, and with it what is under way. */
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

  /** The thread is gone; what it said last may still lie in the port, and knows better why. */
  private exited(errorMessage: string): void {
    for (let last = receiveMessageOnPort(this.port); last !== undefined; last = receiveMessageOnPort(this.port)) {
      this.receive(last.message as FromWorker);
    }
    this.end(exitError(errorMessage));
  }

  /** No invocation comes here any more, and what was under way failed. */
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

/** What becomes of an invocation when its function is stopped under it. */
export const STOPPED = exitError('Runtime exited: the function was stopped');

function exitError(errorMessage: string): FunctionError {
  return { errorType: 'Runtime.ExitError', errorMessage };
}

/** What Lambda itself says of an end names the request; what the function threw stands as it is. */
function withId(error: FunctionError, requestId: string): FunctionError {
  const isLambdas = error.errorType === 'Runtime.ExitError' || error.errorType === 'Sandbox.Timedout';
  return isLambdas ? { ...error, errorMessage: `RequestId: ${requestId} Error: ${error.errorMessage}` } : error;
}
