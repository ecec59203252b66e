import { Liquid } from 'liquidjs';
import { createLru } from './lru.ts';
import type { Parts } from './schema.ts';

type Dates = ReturnType<typeof createLru<unknown>>;
export interface Engines {
  html: Liquid;
  plain: Liquid;
}

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};
const show = (value: unknown) =>
  value === null || value === undefined
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
export const escapeHtml = (value: unknown) =>
  show(value).replace(/[&<>"']/g, (character) => escapes[character]!);

function liquid(html: boolean, timezone: string, parts: Parts, dates: Dates): Liquid {
  const engine = new Liquid({
    // What a template renders comes from this list alone: it must never read the server's files.
    templates: Object.assign(Object.create(null), parts),
    // A part is parsed once, not once for every person.
    cache: true,
    strictFilters: true,
    ownPropertyOnly: true,
    timezoneOffset: timezone,
    outputEscape: html ? escapeHtml : undefined,
    // One template must not hold up everybody's emails: characters parsed, milliseconds and memory for one email.
    parseLimit: 2_000_000,
    renderLimit: 500,
    memoryLimit: 10_000_000,
  });
  // In HTML everything is escaped already; asking for it must not do it twice.
  if (html) engine.registerFilter('escape', { raw: true, handler: escapeHtml });
  rememberDates(engine, dates);
  return engine;
}

/** liquidjs takes 0.2 ms to write one date, ten times what the rest of an email takes; people's dates repeat. */
function rememberDates(engine: Liquid, written: Dates): void {
  const builtin = engine.filters.date as (this: unknown, value: unknown, ...rest: unknown[]) => unknown;
  engine.registerFilter('date', function (value: unknown, ...rest: unknown[]) {
    // `now` and `today` are another date each time.
    if (typeof value !== 'string' || !/^\d/.test(value)) return builtin.call(this, value, ...rest);
    const key = JSON.stringify([value, ...rest]);
    const known = written.get(key);
    if (known !== undefined) return known;
    const made = builtin.call(this, value, ...rest);
    written.set(key, made);
    return made;
  });
}

const engines = new Map<string, Engines>();
const remembered = new Map<string, Dates>();

/** The engine for HTML and the one for plain text; both know these parts and no others. */
export function enginesFor(timezone: string, parts: Parts = {}): Engines {
  if (Object.keys(parts).length > 0) return makeEngines(timezone, parts);
  const found = engines.get(timezone) ?? makeEngines(timezone, {});
  engines.set(timezone, found);
  return found;
}

function makeEngines(timezone: string, parts: Parts): Engines {
  const dates = remembered.get(timezone) ?? createLru<unknown>(10_000);
  remembered.set(timezone, dates);
  return { html: liquid(true, timezone, parts, dates), plain: liquid(false, timezone, parts, dates) };
}
