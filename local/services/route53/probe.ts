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

/**
 * Probes an endpoint once. Uses the wall clock, because endpoints run in real time.
 *
 * @param url plain HTTP: the local cloud has no certificates
 * @param host value of the Host header
 */
export function probe(
  url: string,
  host: string,
  search: string | undefined,
  limits: ProbeLimits = AWS_PROBE_LIMITS,
): Promise<ProbeResult> {
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
      const told = `HTTP Status Code ${status}, ${response.statusMessage ?? ''}`;
      if (status < 200 || status > 399) {
        end(false, `Failure: ${told}`);
        return;
      }
      if (search === undefined) {
        end(true, `Success: ${told}`);
        return;
      }
      within(limits.answer, 'no body');
      let seen = Buffer.alloc(0);
      const judge = (): void => {
        const found = seen.subarray(0, limits.searched).includes(search);
        end(found, found ? `Success: ${told}, string found` : `Failure: ${told}, string not found`);
      };
      response.on('data', (chunk: Buffer) => {
        seen = Buffer.concat([seen, chunk]);
        if (seen.length >= limits.searched) judge();
      });
      response.on('end', judge);
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
