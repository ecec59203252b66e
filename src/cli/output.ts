import { Problem } from '../engine/index.ts';

/** Tells an error the way a person can use it, and sets the exit code: 2 for wrong use, 1 for the rest. */
export function fail(error: unknown): void {
  const { message, hint, status } = describe(error);
  process.stderr.write(`rapport: ${message}\n${hint ? `  ${hint}\n` : ''}`);
  if (!(error instanceof Problem) && process.env.LOG_LEVEL === 'debug') console.error(error);
  process.exitCode = status === 400 ? 2 : 1;
}

function describe(error: unknown): { message: string; hint?: string | undefined; status?: number } {
  if (error instanceof Problem) return error;
  if (error instanceof Error) return { message: error.message };
  return { message: String(error) };
}

/** A table with the columns as wide as their contents; numbers to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)),
  );
  const widths = (texts[0] ?? []).map((_, n) => Math.max(...texts.map((row) => (row[n] ?? '').length)));
  return texts
    .map((row, r) =>
      row
        .map((text, n) =>
          typeof rows[r]?.[n] === 'number' ? text.padStart(widths[n] ?? 0) : text.padEnd(widths[n] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
