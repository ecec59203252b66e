/** The headers of a request as Node.js has them, in the form of the web's standard. */
export function headersOf(given: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) headers.append(name, String(value));
  }
  return headers;
}
