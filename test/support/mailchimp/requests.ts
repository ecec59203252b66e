export type CallKind =
  | 'ping'
  | 'lists'
  | 'list'
  | 'members'
  | 'merge-fields'
  | 'segments'
  | 'tag-search'
  | 'member'
  | 'member-tags'
  | 'segment'
  | 'segment-members'
  | 'other';

export interface Routed {
  dc: string | undefined;
  kind: CallKind;
  list: string | undefined;
  /** The member or segment that is named below the list. */
  below: string | undefined;
}

/** What is below a list, and what below one of those. */
const below: Record<string, CallKind> = {
  members: 'members',
  'merge-fields': 'merge-fields',
  segments: 'segments',
  'tag-search': 'tag-search',
  'members/*': 'member',
  'members/*/tags': 'member-tags',
  'segments/*': 'segment',
  'segments/*/members': 'segment-members',
};

/** /{dc}/3.0/lists/{id}/members; the data centre may be left out. */
export function routed(path: string): Routed {
  const match = /^(?:\/([a-z]+\d+))?\/3\.0\/([^?]*?)\/?$/.exec(path);
  const none = { dc: undefined, kind: 'other', list: undefined, below: undefined } as const;
  if (!match) return none;
  const dc = match[1];
  const [first, list, what, one, more] = (match[2] ?? '').split('/').map(decodeURIComponent);
  if (first === 'ping' && list === undefined) return { ...none, dc, kind: 'ping' };
  if (first !== 'lists') return none;
  if (list === undefined) return { ...none, dc, kind: 'lists' };
  if (what === undefined) return { ...none, dc, kind: 'list', list };
  const shape = [what, ...(one === undefined ? [] : ['*']), ...(more === undefined ? [] : [more])].join('/');
  const kind = below[shape];
  return kind ? { dc, kind, list, below: one } : none;
}

/** HTTP Basic with any user name, or Bearer. */
export function keyOf(header = ''): string | undefined {
  const [, scheme, value = ''] = /^(Basic|Bearer) +(\S+)$/i.exec(header) ?? [];
  if (scheme?.toLowerCase() === 'bearer') return value;
  return scheme
    ? Buffer.from(value, 'base64').toString().split(':').slice(1).join(':') || undefined
    : undefined;
}
