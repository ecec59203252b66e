import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** A real browser that comes by npm. Its background traffic is switched off: nothing but the page is asked for. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await unpacked();
  const launch = () => launched(executablePath);
  // The browser itself crashes at its start once in some hundred times.
  return launch().catch(launch);
}

const launched = (executablePath: string): Promise<Browser> =>
  playwright.launch({
    executablePath,
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

/** It unpacks itself into the temporary folder, where it would be another user's: give it one of ours. */
async function unpacked(): Promise<string> {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/browser/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  try {
    return await chromium.executablePath();
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
}
