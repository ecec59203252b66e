type Fail = (field: string, reason: string) => Error;

const longestId = 256;

/**
 * The ids of an `associated_users_list`, each once: texts, numbers, or objects with one of the names below. Checked by
 * hand, since there may be 100,000. One that is wrong refuses the list: who is missing from it would be told to have left.
 */
export function readPeople(
  list: readonly unknown[] | undefined,
  at: string,
  bad: Fail,
): string[] | undefined {
  if (list === undefined) return undefined;
  return [
    ...new Set(
      list.map((entry, n) => {
        const field = `${at}[${n}]`;
        const id = idOf(entry);
        if (id === undefined)
          throw bad(field, 'must be the id of a person, or an object with id, user_id or email');
        if (id === '') throw bad(field, 'must not be empty');
        if (id.length > longestId) throw bad(field, `must have at most ${longestId} characters`);
        if (id.includes('\0') || !id.isWellFormed()) {
          throw bad(field, 'must not contain the character NUL or half a surrogate pair');
        }
        return id;
      }),
    ),
  ];
}

function idOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return address(entry.trim());
  if (typeof entry === 'number' && Number.isFinite(entry)) return String(entry);
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { id, user_id, userId, email } = entry as Record<string, unknown>;
  const named = id ?? user_id ?? userId ?? email;
  return typeof named === 'object' ? undefined : idOf(named);
}

/** People known by their email address are known by it in lower case, as imports have it. */
const address = (id: string) => (/^[^\s@]+@[^\s@]+$/.test(id) ? id.toLowerCase() : id);
