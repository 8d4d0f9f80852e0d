// The reference: the least work that a post takes with undici. No signature, no time limit, and only the status is read.
import { type Dispatcher, Pool } from 'undici';

export class RawUndiciClient {
  private readonly pool: Pool;
  private readonly basePath: string;

  public constructor(endpoint: string, sockets: number) {
    const { origin, pathname } = new URL(endpoint);
    this.basePath = pathname;
    this.pool = new Pool(origin, { connections: sockets, pipelining: 1 });
  }

  public post(connectionId: string, frame: Uint8Array): Promise<void> {
    const path = `${this.basePath}/@connections/${encodeURIComponent(connectionId)}`;
    const headers = ['content-type', 'application/octet-stream'];
    return new Promise((resolve, reject) => {
      this.pool.dispatch({ method: 'POST', path, headers, body: frame }, new StatusHandler(resolve, reject));
    });
  }
}

class StatusHandler implements Dispatcher.DispatchHandlers {
  private status = 0;

  public constructor(
    private readonly resolve: () => void,
    private readonly reject: (error: Error) => void,
  ) {}

  public onConnect(): void {
    // Receives a function that aborts the request, which is not needed here.
  }

  public onHeaders(status: number): boolean {
    this.status = status;
    return true;
  }

  public onData(): boolean {
    return true;
  }

  public onComplete(): void {
    if (this.status === 200) this.resolve();
    else this.reject(new Error(`HTTP ${this.status}`));
  }

  public onError(error: Error): void {
    this.reject(error);
  }
}
