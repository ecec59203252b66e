import { z } from 'zod';
import { Trouble } from '../errors.ts';
import type { Answer, Http } from '../http.ts';
import type { Change, MappedRecord, Refused, Removal, Sink } from '../sink.ts';

export const dataApiSettings = z.object({
  url: z
    .url({ protocol: /^https?$/ })
    .describe('Takes POST of a JSON array of {id, firstname, lastname, email}'),
  header: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .default('Authorisation')
    .describe('The header the secret goes into'),
  batch_size: z.number().int().min(1).max(5_000).default(500),
  removals: z
    .discriminatedUnion('how', [
      z.object({ how: z.literal('none') }),
      z.object({ how: z.literal('delete') }),
      z.object({ how: z.literal('field'), field: z.string().trim().min(1).max(100) }),
    ])
    .default({ how: 'delete' })
    .describe('What is done about who left: nothing, DELETE {url}/{id}, or POST {id, [field]: true}'),
});
export type DataApiSettings = z.infer<typeof dataApiSettings>;

/** Statuses that say that a batch cannot be taken: too large, or something in it is wrong. */
const unfit = [400, 413, 422];

/** Another system: {id, firstname, lastname, email}, in batches, by id. */
export function dataApiSink(http: Http, settings: DataApiSettings, { secret }: { secret: string }): Sink {
  const { url, header, removals } = settings;
  const headers = { [header]: secret, 'content-type': 'application/json' };
  const post = (rows: object[]) =>
    http.call(url, { method: 'POST', headers, body: JSON.stringify(rows), expect: unfit });

  /** Halves a batch that is not taken, until the records at fault are alone. */
  async function send<T>(
    all: readonly T[],
    bodyOf: (one: T) => object,
    idOf: (one: T) => string,
  ): Promise<Refused[]> {
    if (all.length === 0) return [];
    const answer = await post(all.map(bodyOf));
    if (answer.status < 300) return [];
    if (all.length === 1) return [{ id: idOf(all[0]!), reason: reasonOf(answer) }];
    const middle = all.length >> 1;
    return [
      ...(await send(all.slice(0, middle), bodyOf, idOf)),
      ...(await send(all.slice(middle), bodyOf, idOf)),
    ];
  }

  async function remove(gone: readonly Removal[]): Promise<Refused[]> {
    if (removals.how === 'none') return [];
    if (removals.how === 'field') {
      return send(
        gone,
        ({ id }) => ({ id, [removals.field]: true }),
        ({ id }) => id,
      );
    }
    const refused: Refused[] = [];
    for (const { id } of gone) {
      const address = `${url.replace(/\/$/, '')}/${encodeURIComponent(id)}`;
      // Who is not there is removed already.
      const answer = await http.call(address, { method: 'DELETE', headers, expect: [400, 404, 410, 422] });
      if (answer.status === 400 || answer.status === 422) refused.push({ id, reason: reasonOf(answer) });
    }
    return refused;
  }

  return {
    name: 'data_api',
    batchSize: settings.batch_size,
    async upsert(changes) {
      const listed = changes.filter(({ record }) => record.listed);
      const left = changes.flatMap(({ record: { id, listed }, before, time }) =>
        listed || !before?.listed ? [] : [{ id, before, time }],
      );
      const refused = await send(
        listed,
        ({ record }: Change) => rowOf(record),
        ({ record }) => record.id,
      );
      return [...refused, ...(await remove(left))];
    },
    remove,
  };
}

const rowOf = ({ id, attributes }: MappedRecord) => ({
  id,
  firstname: attributes.first_name ?? '',
  lastname: attributes.last_name ?? '',
  email: attributes.email ?? '',
});

function reasonOf({ status, body }: Answer): string {
  const text = body.toString().replace(/\s+/g, ' ').trim().slice(0, 300);
  return `was refused with ${status}${text ? `: ${text}` : ''}`;
}

/** The data API must know each attribute it is sent. */
export function checkMapped(attributes: ReadonlySet<string>): void {
  const missing = ['email', 'first_name', 'last_name'].filter((name) => !attributes.has(name));
  if (missing.length === 0) return;
  throw new Trouble(
    'misconfigured',
    `No field is mapped to ${missing.join(', ')}, which the data API is sent.`,
  );
}
