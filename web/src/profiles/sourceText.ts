const words: Record<string, string> = {
  http: 'sent by your shop',
  import: 'from an import',
  connection: 'from a connection',
  delivery: 'from sending emails',
  segment: 'from a segment',
  campaign: 'from a campaign',
  consent: 'signed up for emails',
};

/** Where a message came from: `import:<id>` is an import. */
export function sourceText(source: string): string {
  const kind = source.split(':')[0] ?? '';
  return words[kind] ?? kind;
}
