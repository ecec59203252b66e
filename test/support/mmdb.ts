/**
 * A country database in MaxMind's format (MaxMind DB 2.0, https://maxmind.github.io/MaxMind-DB/), small enough for a
 * test: IPv6 tree, records of 24 bits. Theirs may not be passed on.
 *
 * @param networks IPv4 networks and their countries, e.g. `{'81.2.69.0/24': 'GB'}`
 */
export function countryDatabase(networks: Record<string, string>): Buffer {
  type Node = [Record_, Record_];
  type Record_ = Node | string | undefined;
  const root: Node = [undefined, undefined];
  for (const [network, country] of Object.entries(networks)) {
    const [address = '', length = '32'] = network.split('/');
    const bits = address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
    // IPv4 lies below ::/96.
    const path = [...('0'.repeat(96) + bits.slice(0, Number(length)))].map(Number) as (0 | 1)[];
    const last = path.pop() as 0 | 1;
    let node = root;
    for (const bit of path) {
      const next = Array.isArray(node[bit]) ? node[bit] : ([undefined, undefined] as Node);
      node[bit] = next;
      node = next;
    }
    node[last] = country;
  }

  const nodes: Node[] = [];
  const number = (node: Node) => {
    nodes.push(node);
    for (const child of node) if (Array.isArray(child)) number(child);
  };
  number(root);
  const data: Buffer[] = [];
  const offsets = new Map<string, number>();
  for (const country of new Set(Object.values(networks))) {
    offsets.set(country, Buffer.concat(data).length);
    data.push(encoded({ country: { iso_code: country } }));
  }
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [n, node] of nodes.entries()) {
    for (const [side, child] of node.entries()) {
      const value = Array.isArray(child)
        ? nodes.indexOf(child)
        : child === undefined
          ? nodes.length
          : nodes.length + 16 + (offsets.get(child) ?? 0);
      tree.writeUIntBE(value, n * 6 + side * 3, 3);
    }
  }
  const metadata = {
    node_count: nodes.length,
    record_size: 24,
    ip_version: 6,
    database_type: 'Test-Country',
    languages: [],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    description: { en: 'made for a test' },
  };
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, encoded(metadata)]);
}

/** Maps, texts under 29 bytes, empty arrays, and numbers of 32 bits. */
function encoded(value: unknown): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(5, (6 << 5) | 4);
    bytes.writeUInt32BE(value, 1);
    return bytes;
  }
  if (Array.isArray(value)) return Buffer.from([0, 11 - 7]);
  const entries = Object.entries(value as object);
  return Buffer.concat([
    Buffer.from([(7 << 5) | entries.length]),
    ...entries.flatMap(([key, inner]) => [encoded(key), encoded(inner)]),
  ]);
}
