import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The server the page talks to while it is being written: `rapport start` beside `vite web`.
const server = process.env.RAPPORT_URL ?? 'http://127.0.0.1:4100';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // Fonts and pictures inlined as data: would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/auth', '/u/', '/v1'].map((path) => [path, { target: server, changeOrigin: true }]),
    ),
  },
});
