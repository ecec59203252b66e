/** The IANA time zones this browser knows, UTC first; `also` is kept even if it does not know it. */
export function timeZones(also?: string): string[] {
  return [...new Set(['UTC', ...(also ? [also] : []), ...Intl.supportedValuesOf('timeZone')])];
}
