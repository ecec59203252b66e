/** What a notification says. */
export type Notification =
  /** Something of these buckets is new. */
  | { kind: 'created'; buckets: string[] }
  /** SNS asks whether it may send; yes is said by calling the address. */
  | { kind: 'confirm'; url: string }
  | { kind: 'nothing' };

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Reads S3's event notifications, as they come from SNS, from EventBridge, or from services that send them themselves. */
export function readNotification(body: unknown): Notification {
  if (!isObject(body)) return { kind: 'nothing' };
  if (body.Type === 'SubscriptionConfirmation') {
    return isSns(body.SubscribeURL) ? { kind: 'confirm', url: body.SubscribeURL } : { kind: 'nothing' };
  }
  if (body.Type === 'Notification' && typeof body.Message === 'string')
    return readNotification(parsed(body.Message));
  if (body['detail-type'] === 'Object Created') return created([body.detail]);
  const records = Array.isArray(body.Records) ? body.Records : [];
  const fresh = records.filter((record) =>
    /ObjectCreated/i.test(String(isObject(record) && record.eventName)),
  );
  return created(fresh.map((record) => record.s3));
}

function created(places: unknown[]): Notification {
  const buckets = places.flatMap((place) =>
    isObject(place) && isObject(place.bucket) && typeof place.bucket.name === 'string'
      ? [place.bucket.name]
      : [],
  );
  return buckets.length === 0 ? { kind: 'nothing' } : { kind: 'created', buckets };
}

/** Only Amazon's own: whoever knows our address could else make us call any. */
function isSns(url: unknown): url is string {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' && /^sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(hostname);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
