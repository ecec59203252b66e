import { type RangeName, rangeNames } from '../metrics/address.ts';

/** What the address of a dashboard may carry: which days its charts show, and whether it is being laid out. */
export interface DashboardSearch {
  range?: RangeName | undefined;
  from?: string | undefined;
  to?: string | undefined;
  edit?: boolean | undefined;
}

const day = (value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined;

export const dashboard = (given: Record<string, unknown>): DashboardSearch => ({
  range: rangeNames.find((name) => name === given.range),
  from: day(given.from),
  to: day(given.to),
  edit: given.edit === true ? true : undefined,
});
