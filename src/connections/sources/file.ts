import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { Trouble } from '../errors.ts';
import type { Answer } from '../http.ts';
import type { Pages, Source, SourceContext, SourceField, SourceRecord } from '../source.ts';

const settingsSchema = z.object({
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ title: 'Address' })
    .describe('A CSV file with a header, or a JSON array of objects, or JSON Lines'),
  id: z
    .string()
    .trim()
    .min(1)
    .meta({ title: 'Id column' })
    .describe('The column or key whose value names a record for good'),
  header: z
    .string()
    .trim()
    .max(100)
    .default('Authorization')
    .meta({ title: 'Header' })
    .describe('The header the secret goes into'),
});
const credentialsSchema = z.object({
  secret: z
    .string()
    .max(2_000)
    .optional()
    .meta({ title: 'Secret' })
    .describe('Sent with each request, as it is; leave it out when the file is open to everybody'),
});
type Settings = z.infer<typeof settingsSchema>;
type Credentials = z.infer<typeof credentialsSchema>;
type Context = SourceContext<Settings, Credentials>;
/** What names the content that was read last. */
interface Cursor {
  etag?: string;
  modified?: string;
  /** Of the content, for servers that say neither. */
  hash: string;
}

const maxBytes = 256 * 1024 * 1024;
const pageSize = 1_000;

const headersOf = ({ settings, credentials }: Context, more: Record<string, string> = {}) => ({
  ...(credentials.secret ? { [settings.header]: credentials.secret } : {}),
  ...more,
});

const get = (context: Context, more?: Record<string, string>) =>
  context.http.call(context.settings.url, { headers: headersOf(context, more), maxBytes, expect: [304] });

const hashOf = (body: Buffer) => createHash('sha256').update(body).digest('base64url');

function cursorOf({ headers, body }: Answer): Cursor {
  const { etag, 'last-modified': modified } = headers;
  return { hash: hashOf(body), ...(etag ? { etag } : {}), ...(modified ? { modified } : {}) };
}

function recordsOf(body: Buffer, id: string): SourceRecord[] {
  const records = objectsOf(body, id).map((fields): SourceRecord => {
    const named = fields?.[id];
    if (named === undefined || named === null || named === '') throw withoutId('A record of the file', id);
    return { id: String(named).slice(0, 256), fields };
  });
  return [...new Map(records.map((record) => [record.id, record])).values()];
}

const withoutId = (what: string, id: string) =>
  new Trouble('misconfigured', `${what} has no ${JSON.stringify(id)}.`, {
    hint: 'Choose the column that every record has; it names the record for good.',
  });

/** What says nothing is no empty list: it is an answer gone wrong. */
function objectsOf(body: Buffer, id: string): Record<string, unknown>[] {
  const text = body.toString().replace(/^\uFEFF/, '');
  const start = text.trimStart()[0];
  if (start === undefined) throw new Trouble('unreadable', 'The file is empty.');
  try {
    if (start === '[') return JSON.parse(text) as Record<string, unknown>[];
    if (start === '{') {
      const lines = text.split('\n').filter((line) => line.trim() !== '');
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    }
    const columns = (header: string[]) => {
      if (!header.includes(id)) throw withoutId('The first line of the file', id);
      return header;
    };
    return parse(text, { columns, skip_empty_lines: true, delimiter: [',', ';', '\t'] });
  } catch (cause) {
    if (cause instanceof Trouble) throw cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new Trouble(
      'unreadable',
      `The file can be read neither as CSV nor as JSON: ${said.slice(0, 200)}`,
      { cause },
    );
  }
}

export const file: Source<Settings, Credentials, Cursor> = {
  kind: 'file',
  label: 'File at a web address',
  settings: settingsSchema,
  credentials: credentialsSchema,
  concurrency: 4,
  accountOf: ({ url }) => new URL(url).host,
  identity: 'email',
  ofTheList: [],

  async test(context) {
    const { body } = await get(context);
    return {
      name: new URL(context.settings.url).pathname.split('/').pop() || 'file',
      count: recordsOf(body, context.settings.id).length,
    };
  },

  async fieldsOf(context) {
    const { body } = await get(context);
    const records = recordsOf(body, context.settings.id);
    const found = new Set(records.slice(0, 100).flatMap(({ fields }) => Object.keys(fields)));
    return [...found].map(
      (field): SourceField => ({
        field,
        label: field,
        samples: records
          .slice(0, 5)
          .map(({ fields }) => String(fields[field] ?? ''))
          .filter((text) => text !== ''),
        suggestion: suggest(field),
      }),
    );
  },

  /** A conditional request: an unchanged file is one small answer (RFC 9110, section 13). */
  async probe(context, { etag, modified, hash }) {
    const answer = await get(context, {
      ...(etag ? { 'if-none-match': etag } : {}),
      ...(modified && !etag ? { 'if-modified-since': modified } : {}),
    });
    const same = answer.status === 304 || hashOf(answer.body) === hash;
    return { unchanged: same, at: answer.at };
  },

  async *all(context): Pages<Cursor> {
    const answer = await get(context);
    const records = recordsOf(answer.body, context.settings.id);
    context.expect?.(records.length);
    for (let at = 0; at < records.length; at += pageSize) yield records.slice(at, at + pageSize);
    return { at: answer.at, cursor: cursorOf(answer), count: records.length };
  },
};

const suggestions: Record<string, string> = {
  email: 'email',
  emailaddress: 'email',
  firstname: 'first_name',
  lastname: 'last_name',
  phone: 'phone',
};
const suggest = (field: string) => suggestions[field.toLowerCase().replace(/[^a-z]/g, '')] ?? null;
