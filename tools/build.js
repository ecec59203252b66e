// Builds what an install needs: the page into web/dist, the browser's snippet with its types and the two modules others may
// import into dist (Node.js does not strip the types of files below node_modules). Without the development packages
// (npm ci --omit=dev) there is nothing to build with, and nothing to do for a package that brings all along.
// `node tools/build.js snippet` builds the snippet alone.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildSnippet } from './snippet.js';

const root = new URL('../', import.meta.url);
const vite = await import('vite').catch(() => undefined);
if (vite) {
  await buildSnippet(vite);
  if (process.argv[2] !== 'snippet') {
    await vite.build({ root: fileURLToPath(new URL('web/', root)), logLevel: 'warn' });
    const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root));
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  }
} else {
  console.log('Not built: the development packages are not installed.');
}
