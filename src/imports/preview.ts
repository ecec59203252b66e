import { detectEncoding, toUtf8 } from './bytes.ts';
import { type CsvShape, completeLines, inspectSample, once, SAMPLE_ROWS, type Shape } from './inspect.ts';
import { ambiguousCell, arrangeMapping, guessIdentity, guessMapping } from './mapping.ts';
import type { PhoneCountry } from './phone.ts';
import { createReader } from './reader.ts';
import type { Mapping, Preview, RowError } from './schema.ts';

const MAX_PROBLEMS = 20;
const MAX_LINES = 5;

/** The beginning of a file, unpacked. */
export interface Sample {
  bytes: Buffer;
  gzip: boolean;
  /** It is all of the file, so its last line is complete. */
  whole: boolean;
}

interface Wanted {
  /** The mapping to look at the rows with; otherwise the one remembered, otherwise the one guessed. */
  mapping: Mapping | null;
  remembered(headers: readonly string[]): Promise<Mapping | undefined>;
  country: PhoneCountry | undefined;
}

/** What the page shows before importing: what the file is, its columns and the mapping, and what is wrong in the sample. */
export async function previewSample({ bytes, gzip, whole }: Sample, wanted: Wanted): Promise<Preview> {
  const encoding = await detectEncoding([bytes], whole);
  const parts: Buffer[] = [];
  for await (const chunk of toUtf8(once(bytes), encoding)) parts.push(chunk);
  const sample = Buffer.concat(parts);
  const shape = await inspectSample(sample, encoding, whole);
  const text = whole ? sample : completeLines(sample);
  const common = { compression: gzip ? 'gzip' : 'none', encoding } as const;
  if (shape.format !== 'csv') {
    const checked = await checkSample(text, shape, null);
    const nothing = { delimiter: null, identity: null, remembered: false, columns: [] };
    return { format: shape.format, ...common, ...nothing, ...checked, lines: firstLines(text) };
  }
  const old = wanted.mapping ? undefined : await wanted.remembered(shape.headers);
  const { mapping, identity } = mappingOf(shape, wanted.mapping ?? old ?? null, wanted.country);
  return {
    format: 'csv',
    ...common,
    delimiter: shape.delimiter,
    identity,
    ...(mapping.country && { country: mapping.country }),
    remembered: old !== undefined,
    columns: mapping.columns.map((column, index) => ({
      ...column,
      ambiguous: column.attribute === null ? null : ambiguousCell(column, shape.samples[index] ?? []),
      sample: (shape.samples[index] ?? []).filter((cell) => cell !== '').slice(0, 5),
    })),
    lines: [],
    ...(identity === null
      ? nobody(shape)
      : await checkSample(text.subarray(shape.preamble.bytes), shape, { ...mapping, identity })),
  };
}

function mappingOf(shape: CsvShape, asked: Mapping | null, country: PhoneCountry | undefined) {
  if (asked) {
    const mapping = arrangeMapping(shape.headers, asked, country);
    return { mapping, identity: mapping.identity };
  }
  const mapping = guessMapping(shape.headers, shape.samples, country);
  return { mapping, identity: guessIdentity(mapping.columns) };
}

function nobody({ headers, samples, preamble }: CsvShape) {
  const reason = 'no identity column: say which column the rows are known by';
  const rows = samples[0]?.length ?? 0;
  const problem = { line: 1 + preamble.lines, column: '', value: headers.join(', ').slice(0, 100), reason };
  return { rows_sampled: rows, rows_bad: rows, problems: [problem] };
}

async function checkSample(text: Buffer, shape: Shape, mapping: Mapping | null) {
  const reader = createReader(shape, mapping, '', '');
  const problems: RowError[] = [];
  let rows = 0;
  let bad = 0;
  for await (const batch of reader.rows(once(text))) {
    for (const row of batch.slice(0, SAMPLE_ROWS - rows)) {
      const checked = reader.check(row, ++rows);
      if (typeof checked === 'string') continue;
      bad++;
      if (problems.length < MAX_PROBLEMS) problems.push(checked);
    }
  }
  return { rows_sampled: rows, rows_bad: bad, problems };
}

const firstLines = (text: Buffer) =>
  text
    .subarray(0, 64 * 1024)
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, MAX_LINES)
    .map((line) => line.slice(0, 300));
