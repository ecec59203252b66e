/** `npm run bench -- NAME`: prints figures beside the limit of the machine in the same run. Never passes or fails. */
import { readdirSync } from 'node:fs';

const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));
const [name] = process.argv.slice(2);
if (name && names.includes(name)) {
  const { run } = (await import(`./${name}.bench.ts`)) as { run: () => Promise<void> };
  await run();
} else {
  console.error(`Usage: npm run bench -- NAME\nNames: ${names.join(', ')}`);
  process.exitCode = 2;
}
