import { table } from '../output.ts';

/** One number that must add up. */
export interface Check {
  what: string;
  expected: number;
  got: number;
  ok: boolean;
}

export interface DemoReport {
  ok: boolean;
  checks: Check[];
  /** Seconds of each step. */
  seconds: Record<string, number>;
  url: string;
}

export const check = (what: string, expected: number, got: number): Check => ({
  what,
  expected,
  got,
  ok: Math.abs(expected - got) < 0.005,
});

export function reportText({ checks, seconds, ok }: DemoReport): string {
  const rows = checks.map((one) => [one.what, one.expected, one.got, one.ok ? 'ok' : 'DOES NOT ADD UP']);
  const times = Object.entries(seconds).map(([step, s]) => [step, `${s.toFixed(1)} s`]);
  return [
    '',
    table([['', 'expected', 'got', ''], ...rows]),
    '',
    table(times),
    '',
    ok ? 'Every number adds up.' : 'Some numbers do not add up: see above.',
  ].join('\n');
}
