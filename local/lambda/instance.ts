import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
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
  | { readonly type: 'result'; readonly payload?: string; readonly error?: FunctionError };

/** Lambda gives an instance so long to load its code. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const INIT_TIMEOUT = 10_000;

/** One sandbox of a function: its own module state, environment and memory; one invocation at a time; frozen between. */
export class Instance {
  /** How long its code took to load, once it has. Milliseconds. */
  public initMs: number | undefined;
  /** When its last invocation ended. Milliseconds since 1970, by the wall clock. */
  public idleSince = Date.now();
  public alive = true;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly wakeCounter: Int32Array;
  private readonly ready: Promise<void>;
  private settle: ((outcome: Outcome) => void) | undefined;
  private whenReady: (() => void) | undefined;
  private initError: FunctionError | undefined;

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
      const memoryUsed = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.end(
        memoryUsed ? 'Runtime exited with error: signal: killed' : `Runtime exited with error: ${error.message}`,
      );
    });
    this.worker.on('exit', (code) => {
      this.end(
        code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`,
      );
    });
    this.worker.unref();
  }

  /** Runs one invocation; an instance that ends in it is not alive afterwards. */
  public async invoke(event: string, requestId: string): Promise<Outcome> {
    const initTimer = setTimeout(() => {
      this.end(`Init exceeded ${INIT_TIMEOUT / 1000} s`);
    }, INIT_TIMEOUT);
    await this.ready;
    clearTimeout(initTimer);
    if (!this.alive) {
      const error = this.initError ?? { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited during init' };
      return { error };
    }
    const timeout = this.config.timeout;
    const timer = setTimeout(() => {
      const seconds = (timeout / 1000).toFixed(2);
      const errorMessage = `${new Date().toISOString()} ${requestId} Task timed out after ${seconds} seconds`;
      this.finish({ error: { errorType: 'Sandbox.Timedout', errorMessage } });
      void this.stop();
    }, timeout);
    const outcome = await new Promise<Outcome>((resolve) => {
      this.settle = resolve;
      this.port.postMessage({ event, requestId, deadline: Date.now() + timeout });
      Atomics.add(this.wakeCounter, 0, 1);
      Atomics.notify(this.wakeCounter, 0);
    });
    clearTimeout(timer);
    this.idleSince = Date.now();
    return outcome;
  }

  public async stop(): Promise<void> {
    this.alive = false;
    this.whenReady?.();
    this.port.close();
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
        if (this.settle === undefined) this.initError = message.error;
        this.finish(message.error === undefined ? { payload: message.payload } : { error: message.error });
    }
  }

  /** The thread is gone: whatever was under way failed with it. */
  private end(errorMessage: string): void {
    if (!this.alive) return;
    this.alive = false;
    this.initError ??= { errorType: 'Runtime.ExitError', errorMessage };
    this.whenReady?.();
    this.finish({ error: { errorType: 'Runtime.ExitError', errorMessage } });
    void this.stop();
  }

  private finish(outcome: Outcome): void {
    this.settle?.(outcome);
    this.settle = undefined;
  }
}
