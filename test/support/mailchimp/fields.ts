/** `fields` and `exclude_fields`: names with dots, as a tree; `true` is all below. */
type Tree = Map<string, Tree | true>;

export function treeOf(list: string): Tree {
  const tree: Tree = new Map();
  for (const path of list.split(',').filter(Boolean)) {
    const parts = path.trim().split('.');
    let at = tree;
    for (const [i, part] of parts.entries()) {
      const below = at.get(part);
      if (below === true) break;
      if (i === parts.length - 1) at.set(part, true);
      else {
        const next: Tree = below ?? new Map();
        at.set(part, next);
        at = next;
      }
    }
  }
  return tree;
}

/** What is named; in arrays, of every entry. */
export function only(value: unknown, tree: Tree | true): unknown {
  if (tree === true || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((entry) => only(entry, tree));
  const chosen: Record<string, unknown> = {};
  for (const [name, below] of tree) {
    if (Object.hasOwn(value, name)) chosen[name] = only((value as Record<string, unknown>)[name], below);
  }
  return chosen;
}

/** All but what is named. */
export function without(value: unknown, tree: Tree): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((entry) => without(entry, tree));
  const rest: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const below = tree.get(name);
    if (below !== true) rest[name] = below ? without(inner, below) : inner;
  }
  return rest;
}
