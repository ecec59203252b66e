/** What of a timeline is shown, as the address carries it. Days are the workspace's, both included. */
export interface TimelineSearch {
  type?: 'track' | 'page' | 'screen' | undefined;
  event?: string[] | undefined;
  from?: string | undefined;
  to?: string | undefined;
  text?: string | undefined;
}

type Given = Record<string, unknown>;
const day = (value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : undefined;

export const timeline = ({ type, event, from, to, text }: Given): TimelineSearch => {
  const events = [event].flat().filter((one) => typeof one === 'string' && one !== '') as string[];
  return {
    type: (['track', 'page', 'screen'] as const).find((one) => one === type),
    event: events.length > 0 ? events : undefined,
    from: day(from),
    to: day(to),
    text: typeof text === 'string' && text !== '' ? text : undefined,
  };
};

export const isFiltered = (search: TimelineSearch) => Object.values(search).some((one) => one !== undefined);

/** The server's end is not included. */
const dayAfter = (text: string) => new Date(Date.parse(text) + 86_400_000).toISOString().slice(0, 10);

/** The same as the server asks for it; nothing that was left open. */
export const asked = ({ type, event, from, to, text }: TimelineSearch) => ({
  ...(type ? { type } : {}),
  ...(event ? { name: event } : {}),
  ...(from ? { from } : {}),
  ...(to ? { to: dayAfter(to) } : {}),
  ...(text ? { text } : {}),
});
