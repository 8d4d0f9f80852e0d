// One probe of a health checker.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
import { request } from 'node:http';

export interface ProbeLimits {
  /** Time to establish a connection. Milliseconds. */
  readonly connect: number;
  /** Time from the connection to the status, and from the status to the body. Milliseconds. */
  readonly answer: number;
  /** Length of the searched beginning of the body. Bytes. */
  readonly searched: number;
}

export const AWS_PROBE_LIMITS: ProbeLimits = { connect: 4_000, answer: 2_000, searched: 5_120 };

export interface ProbeResult {
  readonly passed: boolean;
  /** Reason in the style of Route 53's status reports. */
  readonly reason: string;
}

export interface ProbeRequest {
  /** Plain HTTP: the local cloud has no certificates. */
  readonly url: string;
  /** Value of the Host header. */
  readonly host: string;
  /** Text that the beginning of the body must contain. @default - the status decides */
  readonly search?: string;
  /** @default - those of AWS */
  readonly limits?: ProbeLimits;
}

/** Probes an endpoint once. Uses the wall clock, because endpoints run in real time. */
export function probe({ url, host, search, limits = AWS_PROBE_LIMITS }: ProbeRequest): Promise<ProbeResult> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const end = (passed: boolean, reason: string): void => {
      clearTimeout(timer);
      resolve({ passed, reason });
      // The rest of the body is not needed.
      outgoing.destroy();
    };
    const within = (ms: number, what: string): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        end(false, `Failure: ${what} within ${ms / 1_000} s`);
      }, ms).unref();
    };
    const headers = { host, 'user-agent': 'Amazon-Route53-Health-Check-Service' };
    const outgoing = request(url, { agent: false, headers }, (response) => {
      const status = response.statusCode ?? 0;
      const statusText = `HTTP Status Code ${status}, ${response.statusMessage ?? ''}`;
      if (status < 200 || status > 399) {
        end(false, `Failure: ${statusText}`);
        return;
      }
      if (search === undefined) {
        end(true, `Success: ${statusText}`);
        return;
      }
      within(limits.answer, 'no body');
      let seen = Buffer.alloc(0);
      const searchBody = (): void => {
        const found = seen.subarray(0, limits.searched).includes(search);
        end(found, found ? `Success: ${statusText}, string found` : `Failure: ${statusText}, string not found`);
      };
      response.on('data', (chunk: Buffer) => {
        seen = Buffer.concat([seen, chunk]);
        if (seen.length >= limits.searched) searchBody();
      });
      response.on('end', searchBody);
      response.on('error', (error) => {
        end(false, `Failure: ${error.message}`);
      });
    });
    within(limits.connect, 'no connection');
    outgoing.on('socket', (socket) => {
      socket.once('connect', () => {
        within(limits.answer, 'no answer');
      });
    });
    outgoing.on('error', (error) => {
      end(false, `Failure: ${error.message}`);
    });
    outgoing.end();
  });
}
