export type CallKind = 'ping' | 'lists' | 'list' | 'members' | 'merge-fields' | 'other';

/** /{dc}/3.0/lists/{id}/members; the data centre may be left out. */
export function routed(path: string): { dc: string | undefined; kind: CallKind; list: string | undefined } {
  const match =
    /^(?:\/([a-z]+\d+))?\/3\.0\/(?:(ping)|lists(?:\/([^/]+)(?:\/(members|merge-fields))?)?)\/?$/.exec(path);
  if (!match) return { dc: undefined, kind: 'other', list: undefined };
  const [, dc, ping, list, below] = match;
  const kind = ping ? 'ping' : below ? (below as CallKind) : list ? 'list' : 'lists';
  return { dc, kind, list: list && decodeURIComponent(list) };
}

/** HTTP Basic with any user name, or Bearer. */
export function keyOf(header = ''): string | undefined {
  const [, scheme, value = ''] = /^(Basic|Bearer) +(\S+)$/i.exec(header) ?? [];
  if (scheme?.toLowerCase() === 'bearer') return value;
  return scheme
    ? Buffer.from(value, 'base64').toString().split(':').slice(1).join(':') || undefined
    : undefined;
}
