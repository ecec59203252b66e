// Builds the page into web/dist after an install. Without the development packages (npm ci --omit=dev) there is
// nothing to build with; a published package brings the built page along.
import { fileURLToPath } from 'node:url';

const vite = await import('vite').catch(() => undefined);
if (vite) {
  await vite.build({ root: fileURLToPath(new URL('.', import.meta.url)), logLevel: 'warn' });
} else {
  console.log('The page was not built: vite is not installed.');
}
