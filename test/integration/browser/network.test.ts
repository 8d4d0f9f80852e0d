// The page of `dev` with a network of two regions: two clients exchange messages, one region is lost and returns.
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

  const isServedBy = (pane: Locator, region: string): Promise<void> =>
    pane.getByTestId('region').filter({ hasText: region }).waitFor();
  const receives = (pane: Locator, text: string): Promise<void> => pane.locator('li', { hasText: text }).waitFor();
  const texts = (pane: Locator): Promise<string[]> => pane.locator('[data-testid=messages] li span').allTextContents();
  const flip = (what: string, inside: string): Promise<void> =>
    page.locator(inside).locator(`[data-switch=${what}]`).first().click();

  async function send(pane: Locator, text: string): Promise<void> {
    await pane.getByTestId('text').fill(text);
    await pane.getByTestId('send').click();
  }

  test('given a client in each region, when each publishes, then the other receives the message', async () => {
    await Promise.all([isServedBy(ada, A), isServedBy(grace, B)]);
    await send(ada, 'from Ireland');
    await receives(grace, 'from Ireland');
    await send(grace, 'from Virginia');
    await receives(ada, 'from Virginia');
    expect(problems).toEqual([]);
  });

  test('when the region of one client is lost, then the client moves to the other region and no message is lost', async () => {
    await flip('region-down', `[data-region=${A}]`);
    await page.locator(`[data-region=${A}][data-up=false]`).waitFor();
    await send(grace, 'are you there?');
    await isServedBy(ada, B);
    await receives(ada, 'are you there?');
    await send(ada, 'served by the other one');
    await receives(grace, 'served by the other one');
    await flip('region-up', `[data-region=${A}]`);
    await page.locator(`[data-region=${A}][data-up=true]`).waitFor();
    const said = ['from Ireland', 'from Virginia', 'are you there?', 'served by the other one'];
    expect([await texts(ada), await texts(grace)]).toEqual([said, said]);
  }, 60_000);

  test('when faults are switched on, then the map shows them, and `heal all` removes them', async () => {
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
