import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { definition } from './definition.ts';
import { definitionJsonSchema } from './definition_schema.ts';
import { flows } from './model.testing.ts';

const accepts = new Ajv2020({ strict: false, validateFormats: false }).compile(definitionJsonSchema);
const segment = '018f3e00-0000-7000-8000-000000000001';
const whole = {
  entry: { trigger: { type: 'schedule', cron: '0 9 * * 1' }, segments: [segment], reentry: { days: 30 } },
  exit: { on_segment_left: true, rule: { attribute: 'angry', operator: 'exists' } },
  goal: { event: 'Order Completed', where: [{ property: 'revenue', operator: 'at_least', value: 20 }] },
  quiet_hours: { from: '21:00', to: '08:00' },
  send_windows: [{ from: '09:00', to: '17:00', days: ['monday'] }],
};

test('the published schema is the one in docs (update it with `vitest run definition_schema -u`)', async () => {
  const text = `${JSON.stringify(definitionJsonSchema, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../docs/campaign.schema.json');
});

test('what is read satisfies the schema, and what does not satisfy it is refused', () => {
  const broken = fc.constantFrom<(given: Record<string, unknown>) => unknown>(
    (given) => given,
    ({ steps, ...given }) => given,
    (given) => ({ ...given, quite_hours: {} }),
    (given) => ({ ...given, goal: { event: '' } }),
    (given) => ({ ...given, entry: { segments: ['vips'] } }),
    (given) => ({ ...given, exit: { rule: { attribute: 'a', operator: 'nosuch' } } }),
    (given) => ({ ...given, quiet_hours: { from: '24:00', to: '08:00' } }),
    (given) => ({ ...given, steps: [{ id: 'x', type: 'dance' }] }),
    (given) => ({ ...given, steps: [{ id: 'a b', type: 'exit' }] }),
  );
  fc.assert(
    fc.property(flows, broken, (steps, breaks) => {
      const given = breaks({ ...whole, steps });
      const read = definition.safeParse(given);
      // A schema leaves out what concerns several fields, and whether a name is a time zone or a text a cron expression.
      if (!accepts(given)) expect(read.success).toBe(false);
      if (breaks(whole) === whole) expect([read.success, accepts(given)]).toEqual([true, true]);
    }),
  );
});

test.each([
  [
    'a step twice',
    {
      steps: [
        { id: 'a', type: 'exit' },
        { id: 'a', type: 'exit' },
      ],
    },
    ['steps', 1, 'id'],
  ],
  ['no segment', { entry: { segments: [] } }, ['entry', 'segments']],
  ['a rule that is none', { exit: { rule: { any: 1 } } }, ['exit', 'rule.any']],
  [
    'a condition that is none',
    { goal: { event: 'x', where: [{ property: 'p', operator: 'nosuch', value: 1 }] } },
    ['goal', 'where[0].operator'],
  ],
  [
    'a rule of a branch inside a way',
    {
      steps: [
        {
          ...{ id: 's', type: 'split' },
          ways: [
            { id: 'a', weight: 1, steps: [] },
            {
              ...{ id: 'b', weight: 1 },
              steps: [{ id: 'f', type: 'branch', branches: [{ rule: {}, steps: [] }], otherwise: [] }],
            },
          ],
        },
      ],
    },
    ['steps', 0, 'ways', 1, 'steps', 0, 'branches', 0, 'rule'],
  ],
  [
    'hours that never open',
    {
      quiet_hours: { from: '08:00', to: '20:00' },
      send_windows: [{ from: '09:00', to: '17:00' }],
    },
    ['send_windows'],
  ],
  [
    'times of day too near to each other, around midnight',
    {
      ...{
        min_gap_minutes: 30,
        entry: { segments: [segment], trigger: { type: 'schedule', cron: '50 23 * * *' } },
      },
      steps: [{ id: 'a', type: 'wait_until', time: '00:10' }],
    },
    ['min_gap_minutes'],
  ],
  [
    'a cron that never comes',
    { entry: { segments: [segment], trigger: { type: 'schedule', cron: '0 0 30 2 *' } } },
    [...['entry', 'trigger', 'cron']],
  ],
  ['a zone that is none', { timezone: 'Berlin' }, ['timezone']],
])('%s is refused, and the place named', (_what, change, path) => {
  const base = { entry: { segments: [segment] }, steps: [{ id: 'a', type: 'exit' }] };
  const { error } = definition.safeParse({ ...base, ...change });
  expect(error?.issues.map((issue) => issue.path)).toContainEqual(path);
});
