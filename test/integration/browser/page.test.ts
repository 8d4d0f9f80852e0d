// The chat page of `dev` in a browser: the published client build against the synthesized stack.
import type { Page } from 'playwright-core';
import { exampleAssembly } from '../../support/templates/assembly';
import { inChromium } from '../../support/local/browser';

inChromium(exampleAssembly, ({ visit, problems }) => {
  const isLive = (page: Page): Promise<void> =>
    page.locator('[data-testid=state]', { hasText: 'live' }).first().waitFor();

  async function send(page: Page, text: string): Promise<void> {
    await page.getByTestId('text').first().fill(text);
    await page.getByTestId('send').first().click();
  }

  async function receives(page: Page, text: string): Promise<void> {
    await page.locator('[data-testid=messages] li', { hasText: text }).first().waitFor();
  }

  const texts = (page: Page): Promise<string[]> => page.locator('[data-testid=messages] li span').allTextContents();

  test('given two pages, when one is reloaded while the other publishes, then it receives the missed message', async () => {
    const ada = await visit('name=ada&channel=chat:browser');
    const grace = await visit('name=grace&channel=chat:browser');
    await Promise.all([isLive(ada), isLive(grace)]);
    await send(ada, 'hello');
    await receives(grace, 'hello');
    await send(grace, 'hi');
    await receives(ada, 'hi');

    const cursor = await grace.getByTestId('cursor').textContent();
    await grace.goto('about:blank');
    await send(ada, 'while you were away');
    await receives(ada, 'while you were away');
    await grace.goBack();
    await isLive(grace);
    await receives(grace, 'while you were away');
    expect(await texts(grace)).toEqual(['hello', 'hi', 'while you were away']);
    expect(await grace.getByTestId('verdict').textContent()).toBe('complete');
    expect(await grace.getByTestId('cursor').textContent()).not.toBe(cursor);
    expect(await grace.getByTestId('latency').textContent()).toMatch(/^\d+ ms$/);
    expect(problems).toEqual([]);
  });

  test('given two panes of one page, when a disconnected one reconnects, then it receives the missed message', async () => {
    const page = await visit('channel=chat:panes');
    await page.locator('[data-testid=state]', { hasText: 'live' }).nth(1).waitFor();
    const [ada, grace] = [page.locator('[data-name=ada]'), page.locator('[data-name=grace]')];
    await grace.getByTestId('toggle').click();
    await grace.locator('[data-state=closed]').waitFor();
    await ada.getByTestId('text').fill('missed me?');
    await ada.getByTestId('send').click();
    await ada.locator('li', { hasText: 'missed me?' }).waitFor();
    await grace.getByTestId('toggle').click();
    await grace.locator('li', { hasText: 'missed me?' }).waitFor();
    expect(problems).toEqual([]);
  });

  test('given the viewport of a phone, then the page fits its width, and a message is sent and received', async () => {
    const page = await visit('name=ada&channel=chat:phone', { width: 390, height: 844 });
    await isLive(page);
    await send(page, 'from a phone');
    await receives(page, 'from a phone');
    const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
  });

  test('given an invalid channel name, then the page shows the error', async () => {
    const page = await visit('name=ada&channel=nonsense');
    await page.getByTestId('problem').filter({ hasText: 'namespace' }).waitFor();
  });
});
