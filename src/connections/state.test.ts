import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TroubleCode } from './errors.ts';
import { lagMs, lateMs, type StateOf, stateOf } from './state.ts';

const now = new Date('2026-06-15T12:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const of = (more: Partial<StateOf> = {}): StateOf => ({
  paused: false,
  running: false,
  synced_at: ago(30),
  created_at: ago(10_000),
  trouble: null,
  failures: 0,
  intervalMs: 3_600_000,
  usualMs: 60_000,
  ...more,
});
const trouble = (code: TroubleCode) => ({ code });

describe('how it stands', () => {
  test.each<[string, Partial<StateOf>]>([
    ['in_sync', {}],
    ['in_sync', { trouble: trouble('failing'), failures: 1 }],
    ['in_sync', { trouble: trouble('throttled'), failures: 2 }],
    ['syncing', { running: true }],
    ['syncing', { synced_at: null, created_at: ago(1) }],
    ['behind', { synced_at: ago(122) }],
    ['behind', { synced_at: ago(122), running: true }],
    ['behind', { synced_at: null, created_at: ago(122) }],
    ['failing', { trouble: trouble('failing'), failures: 3 }],
    ['failing', { trouble: trouble('gone'), failures: 1 }],
    ['failing', { trouble: trouble('misconfigured'), failures: 1 }],
    ['failing', { trouble: trouble('removals_held'), failures: 1 }],
    ['failing', { trouble: trouble('failing'), failures: 5, synced_at: ago(500), running: true }],
    ['credentials_refused', { trouble: trouble('credentials_refused'), failures: 1 }],
    ['paused', { paused: true, trouble: trouble('credentials_refused'), synced_at: ago(5_000) }],
  ])('is %s: %j', (state, more) => {
    expect(stateOf(of(more), now)).toBe(state);
  });

  test('two intervals and the usual duration are not late; a moment more is', () => {
    const at = lateMs(of());
    expect(at).toBe(2 * 3_600_000 + 60_000);
    expect(stateOf(of({ synced_at: new Date(now.getTime() - at) }), now)).toBe('in_sync');
    expect(stateOf(of({ synced_at: new Date(now.getTime() - at - 1) }), now)).toBe('behind');
  });

  test('in sync is never said of what is late, failing, refused or paused', () => {
    const codes: TroubleCode[] = ['credentials_refused', 'gone', 'failing', 'removals_held', 'throttled'];
    fc.assert(
      fc.property(
        fc.record({
          paused: fc.boolean(),
          running: fc.boolean(),
          synced_at: fc.option(fc.integer({ min: -5, max: 10_000 }).map(ago)),
          trouble: fc.option(fc.constantFrom(...codes).map(trouble)),
          failures: fc.nat(20),
          intervalMs: fc.integer({ min: 60_000, max: 86_400_000 }),
        }),
        (more) => {
          const one = of(more);
          expect(lagMs(one, now)).toBeGreaterThanOrEqual(0);
          if (stateOf(one, now) !== 'in_sync') return;
          expect(one.synced_at).not.toBeNull();
          expect(one.paused).toBe(false);
          expect(lagMs(one, now)).toBeLessThanOrEqual(lateMs(one));
          expect(['credentials_refused', 'gone', 'removals_held']).not.toContain(one.trouble?.code);
          if (one.trouble) expect(one.failures).toBeLessThan(3);
        },
      ),
    );
  });
});
