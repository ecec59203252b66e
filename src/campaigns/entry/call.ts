import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { Problem } from '../../engine/index.ts';
import { inSegments } from '../listeners.ts';
import type { Running } from '../running.ts';
import type { Call, CallAnswer } from '../schema.ts';
import { type EntryNeeds, letIn } from './let_in.ts';

const mostParameterBytes = 16_384;

/**
 * Lets in who is named. Repeated with the same key it lets nobody in twice.
 * @throws Problem 400 for parameters that are too long, 409 when the campaign does not run
 */
export async function enterByCall(
  needs: EntryNeeds,
  running: Running,
  { people, key }: Call,
): Promise<CallAnswer> {
  for (const [i, { parameters }] of people.entries()) {
    if (!parameters || Buffer.byteLength(JSON.stringify(parameters)) <= mostParameterBytes) continue;
    throw new Problem(400, 'too_many_parameters', 'The parameters of a person are more than 16 KB.', {
      field: `people[${i}].parameters`,
    });
  }
  // Of a person named twice the first counts.
  const named = new Map(people.toReversed().map(({ id, parameters }) => [id, parameters]));
  const { workspace, definition } = running;
  const allowed = await inSegments(needs, workspace, definition.entry.segments, [...named.keys()]);
  const newcomers = [...named].flatMap(([profile, parameters]) =>
    allowed.has(profile) ? { profile, parameters } : [],
  );
  const now = needs.engine.clock.now();
  const occasion = { arrival: `call:${key ?? randomUUID()}`, at: now, now };
  const entered = new Set(await letIn(needs, { campaign: running.id }, newcomers, occasion));
  const active = await activeAmong(
    needs,
    running.id,
    newcomers.flatMap(({ profile }) => (entered.has(profile) ? [] : profile)),
  );
  return {
    entered: entered.size,
    refused: [...named.keys()].flatMap((id): CallAnswer['refused'] => {
      if (entered.has(id)) return [];
      if (!allowed.has(id)) return [{ id, reason: 'not_in_segment' }];
      return [{ id, reason: active.has(id) ? 'already_in' : 'entered_before' }];
    }),
  };
}

async function activeAmong({ db }: Pick<EntryNeeds, 'db'>, campaign: string, profiles: readonly string[]) {
  const { rows } = await sql<{ profile: string }>`
    SELECT profile FROM enrolments
    WHERE campaign = ${campaign} AND status = 'active' AND profile = ANY(${profiles}::text[])`.execute(db);
  return new Set(rows.map(({ profile }) => profile));
}
