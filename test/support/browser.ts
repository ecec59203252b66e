import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** A real browser that comes by npm. Its background traffic is switched off: nothing but the page is asked for. */
export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    headless: true,
    args: [
      // In a single process, closing one window ends the browser.
      ...chromium.args.filter((arg) => !/^--(headless|single-process|no-zygote)/.test(arg)),
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}
