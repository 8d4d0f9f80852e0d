// How a health checker asks an endpoint.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
import { request } from 'node:http';

export interface ProbeLimits {
  /** To establish a connection. Milliseconds. */
  readonly connect: number;
  /** From there to the status, and from the status to the body. Milliseconds. */
  readonly answer: number;
  /** Where in the body a string is searched. Bytes. */
  readonly searched: number;
}

export const AWS_PROBE_LIMITS: ProbeLimits = { connect: 4_000, answer: 2_000, searched: 5_120 };

export interface ProbeResult {
  readonly passed: boolean;
  /** In words like those of Route 53's status reports. */
  readonly reason: string;
}

/**
 * Asks once. Limits are on the wall clock, for what is asked runs no faster than this machine does.
 *
 * @param url plain HTTP: there are no certificates here
 * @param host what the endpoint is told it was asked as
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
      // A string is sought in the beginning only: what follows is not waited for.
      question.destroy();
    };
    const within = (ms: number, what: string): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        end(false, `Failure: ${what} within ${ms / 1_000} s`);
      }, ms).unref();
    };
    const headers = { host, 'user-agent': 'Amazon-Route53-Health-Check-Service' };
    const question = request(url, { agent: false, headers }, (response) => {
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
    question.on('socket', (socket) => {
      socket.once('connect', () => {
        within(limits.answer, 'no answer');
      });
    });
    question.on('error', (error) => {
      end(false, `Failure: ${error.message}`);
    });
    question.end();
  });
}
