// A network of three regions in a faked AWS, and the commands of the CLI that drain and return its regions.
import { FakeAws } from '../memory/fake-aws';
import { emptyFolder, type Result, run, writeDevFile } from './cli';

export const REGIONS = ['eu-west-1', 'us-east-1', 'ap-south-1'];
const KEYS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };

export class DrainedNetwork extends FakeAws {
  public constructor() {
    super('chat');
  }

  /** Runs a command in a folder whose local cloud seems to run that network; `drain` without waiting. */
  public locally(...args: string[]): Promise<Result> {
    return run(args[0] === 'drain' ? [...args, '--once'] : args, { folder: this.folderOf('rt.example') });
  }

  /** A folder whose local cloud seems to run that network. */
  public folderOf(domain: string | undefined): string {
    const folder = emptyFolder();
    const network = { name: 'chat', regions: REGIONS, channelsTable: this.channelsTable };
    const shared = { ws: 'ws://x', http: 'http://x', aws: this.url, network, domain };
    const regions = REGIONS.map((region) => ({ region, ...shared }));
    writeDevFile(folder, JSON.stringify({ pid: 1, page: 'http://x/', regions }));
    return folder;
  }

  /** Runs a command for a network in AWS. */
  public inAws(...args: string[]): Promise<Result> {
    return run(args, { env: { ...KEYS, AWS_ENDPOINT_URL: this.url } });
  }
}

/** The line of a command that was given `--json`. */
export function jsonOf({ stdout }: Result): any {
  return JSON.parse(stdout);
}
