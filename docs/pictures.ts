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
  page.setDefaultTimeout(120_000);
  const { url: link } = await rapport.client.post<{ url: string }>('/api/sign-in-links');
  await page.goto(link);
  const { items: segments } = await rapport.client.get<{ items: { id: string; name: string }[] }>(
    '/api/segments',
  );
  const { items: campaigns } = await rapport.client.get<{ items: { id: string }[] }>('/api/campaigns');
  const { items: dashboards } = await rapport.client.get<{ items: { id: string }[] }>('/api/dashboards');
  const steps = ['Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed'];
  const funnel = new URLSearchParams({
    show: 'funnel',
    range: '90d',
    by: 'device',
    steps: JSON.stringify(steps.map((step) => [step])),
  });
  const pictures: [name: string, path: string, scheme: 'light' | 'dark', height?: number][] = [
    ['overview', '/', 'light'],
    ['segment', `/segments/${segments.find(({ name }) => name.startsWith('Big'))?.id}`, 'light'],
    ['campaign', `/campaigns/${campaigns[0]?.id}`, 'dark'],
    ['analytics', '/analytics?smooth=7', 'light'],
    ['funnel', `/analytics?${funnel}`, 'light', 1_160],
    ['retention', '/analytics?show=retention&every=week&range=90d', 'dark'],
    ['dashboard', `/dashboards/${dashboards[0]?.id}`, 'light', 1_460],
  ];
  for (const [name, path, colorScheme, height = 860] of pictures) {
    await page.setViewportSize({ width: 1280, height });
    await page.emulateMedia({ colorScheme });
    await page.goto(rapport.url + path);
    await page.waitForLoadState('networkidle');
    // What is still being asked for stands as grey bars.
    await page.waitForFunction("!document.querySelector('.mantine-Skeleton-root')");
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    console.log(`docs/images/${name}.png`);
  }
} finally {
  await browser.close();
  await rapport.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
