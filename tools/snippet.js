// Builds the browser's snippet into dist/snippet/rapport.js: one script without imports, for browsers since 2020.
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/** @param {typeof import('vite')} vite */
export const buildSnippet = (vite) =>
  vite.build({
    configFile: false,
    root: fileURLToPath(root),
    publicDir: false,
    logLevel: 'warn',
    build: {
      target: 'es2020',
      outDir: fileURLToPath(new URL('dist/snippet/', root)),
      emptyOutDir: true,
      minify: true,
      lib: {
        entry: fileURLToPath(new URL('src/collect/snippet/index.ts', root)),
        formats: ['iife'],
        name: '_',
        fileName: () => 'rapport.js',
      },
    },
  });
