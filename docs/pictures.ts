/** `npm run pictures`: takes the pictures of the README from the demo's data, in a real browser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../test/support/browser.ts';
import { runCommand, startProcess } from '../test/support/process.ts';

const folder = fileURLToPath(new URL('./images/', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'rapport-pictures-'));
await runCommand(['demo', '--exit', '--data', dataDir]);
const rapport = await startProcess(dataDir);
const browser = await openBrowser();
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  const { url: link } = await rapport.client.post<{ url: string }>('/api/sign-in-links');
  await page.goto(link);
  const { items: segments } = await rapport.client.get<{ items: { id: string; name: string }[] }>(
    '/api/segments',
  );
  const { items: campaigns } = await rapport.client.get<{ items: { id: string }[] }>('/api/campaigns');
  const pictures: [string, string, 'light' | 'dark'][] = [
    ['overview', '/', 'light'],
    ['segment', `/segments/${segments.find(({ name }) => name.startsWith('Big'))?.id}`, 'light'],
    ['campaign', `/campaigns/${campaigns[0]?.id}`, 'dark'],
  ];
  for (const [name, path, colorScheme] of pictures) {
    await page.emulateMedia({ colorScheme });
    await page.goto(rapport.url + path);
    await page.waitForLoadState('networkidle');
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    console.log(`docs/images/${name}.png`);
  }
} finally {
  await browser.close();
  await rapport.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
