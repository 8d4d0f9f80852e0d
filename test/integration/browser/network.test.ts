// The page of a network of two regions: two people talk, one region is lost under one of them, and comes back.
import type { Locator, Page } from 'playwright-core';
import { networkAssembly } from '../../support/templates/assembly';
import { inChromium } from '../../support/local/browser';

const [A, B] = ['eu-west-1', 'us-east-1'] as const;

inChromium(networkAssembly, ({ visit, problems }) => {
  let page: Page;
  let ada: Locator;
  let grace: Locator;

  beforeAll(async () => {
    page = await visit('channel=chat:lobby');
    [ada, grace] = [page.locator('[data-name=ada]'), page.locator('[data-name=grace]')];
  });

  const isServedBy = (who: Locator, region: string): Promise<void> =>
    who.getByTestId('region').filter({ hasText: region }).waitFor();
  const hears = (who: Locator, text: string): Promise<void> => who.locator('li', { hasText: text }).waitFor();
  const texts = (who: Locator): Promise<string[]> => who.locator('[data-testid=messages] li span').allTextContents();
  const flip = (what: string, inside: string): Promise<void> =>
    page.locator(inside).locator(`[data-switch=${what}]`).first().click();

  async function say(who: Locator, text: string): Promise<void> {
    await who.getByTestId('text').fill(text);
    await who.getByTestId('send').click();
  }

  test('each lives in a region, and they talk', async () => {
    await Promise.all([isServedBy(ada, A), isServedBy(grace, B)]);
    await say(ada, 'from Ireland');
    await hears(grace, 'from Ireland');
    await say(grace, 'from Virginia');
    await hears(ada, 'from Virginia');
    expect(problems).toEqual([]);
  });

  test('the region under one of them is killed: the conversation goes on, and nothing is lost', async () => {
    await flip('region-down', `[data-region=${A}]`);
    await page.locator(`[data-region=${A}][data-up=false]`).waitFor();
    await say(grace, 'are you there?');
    await isServedBy(ada, B);
    await hears(ada, 'are you there?');
    await say(ada, 'served by the other one');
    await hears(grace, 'served by the other one');
    await flip('region-up', `[data-region=${A}]`);
    await page.locator(`[data-region=${A}][data-up=true]`).waitFor();
    const said = ['from Ireland', 'from Virginia', 'are you there?', 'served by the other one'];
    expect([await texts(ada), await texts(grace)]).toEqual([said, said]);
  }, 60_000);

  test('the map shows what is broken, and one button mends it', async () => {
    await flip('pair-cut', '[data-testid=ways]');
    await page.locator('#network path.pair.cut').waitFor();
    await page.locator(`[data-region=${B}] summary`).click();
    await page.locator(`[data-region=${B}]`).getByText('Inject').click();
    await page.locator(`[data-region=${B}] small`, { hasText: 'dynamodb 1000 ms slower' }).waitFor();
    await page.getByTestId('heal-all').click();
    await page.locator('#network path.pair:not(.cut)').waitFor();
    await page.locator(`[data-region=${B}] small`).filter({ hasNotText: 'dynamodb' }).waitFor();
    expect(await page.getByTestId('switch-problem').textContent()).toBe('');
  });
});
