import { defineConfig } from 'vitest/config';

// The engine's queries hold threads of libuv's pool (see ARCHITECTURE.md); set before any thread starts.
process.env.UV_THREADPOOL_SIZE ??= '16';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'web/src/**/*.test.ts', 'test/**/*.test.ts'],
    // chDB opens once in a process and does not run in worker threads.
    pool: 'forks',
    isolate: true,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
