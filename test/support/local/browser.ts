// A real browser on the page of `dev`.
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { builtCli } from '../built';
import { type Running, startDev } from './cli';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
const QUIET = ['--disable-background-networking', '--disable-component-update'];

const missing = !existsSync(CHROMIUM);
if (missing && process.env.CI) throw new Error(`CI needs Chromium at ${CHROMIUM} (Debian: apt-get install chromium)`);
if (missing) process.stderr.write(`SKIPPED: browser tests, there is no ${CHROMIUM} (set CHROMIUM to another)\n`);

export interface InBrowser {
  /** Opens the page in a new browser context. */
  readonly visit: (query: string, viewport?: { readonly width: number; readonly height: number }) => Promise<Page>;
  /** Errors that pages reported. */
  readonly problems: readonly string[];
}

/** Tests in Chromium, with a local cloud of their own. */
export function inChromium(assembly: () => string, tests: (inBrowser: InBrowser) => void): void {
  (missing ? describe.skip : describe)('in Chromium', () => {
    let dev: Running;
    let browser: Browser;
    const problems: string[] = [];

    beforeAll(async () => {
      builtCli();
      dev = await startDev(assembly());
      browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...QUIET] });
    }, 60_000);

    afterAll(async () => {
      await browser.close();
      await dev.stop();
    });

    tests({
      problems,
      visit: async (query, viewport = { width: 1_000, height: 800 }) => {
        const context = await browser.newContext({ viewport });
        const page = await context.newPage();
        page.on('console', (message) => {
          if (message.type() === 'error') problems.push(message.text());
        });
        page.on('pageerror', (error) => problems.push(error.message));
        await page.goto(`${dev.ready.page}?${query}`);
        return page;
      },
    });
  });
}
