import { expect, test } from 'vitest';
import { Problem } from '../../engine/index.ts';
import type { LogMessage } from '../../log/index.ts';
import { profilesSink } from './profiles.ts';

/** A log that refuses so many times, and tells what it was asked in which order. */
function busyLog(refusals: number, code = 'overloaded') {
  const asked: string[] = [];
  const taken: LogMessage[] = [];
  return {
    asked,
    taken,
    async append(messages: readonly LogMessage[]) {
      asked.push('append');
      if (refusals-- > 0) throw new Problem(503, code, 'More messages are arriving than can be processed.');
      taken.push(...messages);
    },
    async processed() {
      asked.push('processed');
    },
  };
}
const sinkInto = (log: ReturnType<typeof busyLog>) =>
  profilesSink({
    ...{ clickhouse: undefined as never, log, workspace: 'w', connection: 'c', membership: 'on_list' },
    ...{ ofTheList: [], holders: async () => new Set(), now: () => new Date(0) },
  });
const change = (id: string) => ({
  record: { id, profile: `${id}@shop.example`, attributes: { email: id }, hash: 'ab', listed: true },
  before: undefined,
  time: new Date(1_000),
});

test('a log that has too much is waited for', async () => {
  const log = busyLog(2);
  expect(await sinkInto(log).upsert([change('ann')])).toEqual([]);
  expect(log.asked).toEqual(['append', 'processed', 'append', 'processed', 'append']);
  expect(log.taken).toMatchObject([{ source: 'connection:c' }]);
});

test('not for ever, and not when it is something else', async () => {
  await expect(sinkInto(busyLog(99)).upsert([change('ann')])).rejects.toMatchObject({ code: 'overloaded' });
  await expect(sinkInto(busyLog(1, 'other')).upsert([change('ann')])).rejects.toMatchObject({
    code: 'other',
  });
});
