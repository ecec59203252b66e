import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { pino } from 'pino';

export function openapiCommand(): Command {
  return new Command('openapi')
    .description('write the OpenAPI document of the REST API')
    .option('--out <file>', 'where to write it; standard output if not given')
    .action(async ({ out }: { out?: string }) => {
      const text = await openapiText();
      if (out) writeFileSync(out, text);
      else process.stdout.write(text);
    });
}

/** The document comes from the routes themselves, so it is made by starting on an empty directory. */
async function openapiText(): Promise<string> {
  const { startRapport } = await import('../rapport.ts');
  const dataDir = mkdtempSync(join(tmpdir(), 'rapport-openapi-'));
  const running = await startRapport({ dataDir, host: '127.0.0.1', port: 0, log: pino({ level: 'silent' }) });
  try {
    const document = await (await fetch(`${running.url}/api/openapi.json`)).json();
    return `${JSON.stringify(document, null, 2)}\n`;
  } finally {
    await running.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
