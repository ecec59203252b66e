import {
  browsed,
  browsers,
  countries,
  type Origin,
  origins,
  type Place,
  type Product,
  pathOf,
  sold,
  titleOf,
} from './catalogue.ts';
import { pick } from './random.ts';
import type { ShopEvent } from './shop.ts';

export interface Device {
  userAgent: string;
  place: Place;
}

export const deviceOf = (random: () => number): Device => ({
  userAgent: pick(browsers, random),
  place: pick(countries, random),
});

export interface Visit {
  email: string;
  /** Its messages' ids begin so, and its order's. */
  name: string;
  anonymousId: string;
  device: Device;
  /** From 0 to 1: how much they like the shop. */
  fond: number;
  /** Whether this device's visitor has said who they are. */
  known: boolean;
  /** They say so in this visit at the latest. */
  mustSignIn: boolean;
  /** Milliseconds; nothing happens from `end` on. */
  start: number;
  end: number;
  random: () => number;
}

const site = 'https://corner-coffee.example';
/** An order this long ago at least, or it is not made. */
const settled = 3_600_000;

/**
 * One visit, as the page's snippet would tell of it: it lands somewhere, often leaves at once, looks at products, and now
 * and then puts one into the cart, pays, or stops halfway.
 */
export function* visit(visit: Visit): Generator<ShopEvent> {
  const { random, end } = visit;
  const origin = pick(origins, random);
  const say = teller(visit, origin);
  const chance = (likely: number) => random() < likely;
  const eager = origin.eager * (0.6 + 1.4 * visit.fond);
  const mayBuy = end - visit.start > settled;

  const landing = pick(origin.landings, random);
  yield say.page(landing);
  if (chance(0.42 / Math.sqrt(eager))) {
    if (visit.mustSignIn) yield* say.subscribe();
    return;
  }

  const looked: Product[] = [];
  for (let more = 1 + Math.floor(random() ** 1.6 * 6); more > 0; more--) {
    if (chance(0.35)) yield say.page(pick(browsed, random));
    else {
      const product = pick(sold, random);
      yield say.page(pathOf(product));
      yield say.track('Product Viewed', { ...product, currency: 'USD' });
      looked.push(product);
    }
  }
  const cart = mayBuy ? looked.filter(() => chance(0.16 * eager)) : [];
  if (chance(0.1)) yield* say.signIn();
  for (const product of cart) {
    yield say.track('Product Added', { ...product, quantity: chance(0.2) ? 2 : 1, currency: 'USD' });
  }
  if (cart.length > 0) yield say.page('/cart');
  if (cart.length > 0 && chance(0.66)) {
    yield say.page('/checkout');
    yield say.track('Checkout Started', { value: sum(cart), currency: 'USD' });
    yield* say.signIn();
    if (chance(0.76)) {
      yield say.track('Order Completed', {
        order_id: `${visit.name.replace(/[^a-z0-9]+/g, '')}`,
        revenue: sum(cart),
        currency: 'USD',
        coupon: chance(0.15) ? 'WELCOME10' : undefined,
        products: cart,
      });
      yield say.page('/thank-you');
    }
  }
  if (visit.mustSignIn) yield* say.subscribe();
}

const sum = (products: Product[]) =>
  Math.round(products.reduce((total, { price }) => total + price, 0) * 100) / 100;

/** Makes the messages of a visit: each some seconds after the one before, and none after its end. */
function teller({ name, anonymousId, device, known, start, end, random, email }: Visit, origin: Origin) {
  let step = 0;
  let at = start;
  let referrer = origin.referrer;
  let url = '';
  let path = '';
  let signedIn = known;

  function message(kind: ShopEvent['kind'], properties: Record<string, unknown>): ShopEvent {
    const { userAgent, place } = device;
    return {
      kind,
      anonymousId,
      ...(signedIn ? { userId: email } : {}),
      messageId: `${name}-${step++}`,
      timestamp: new Date(at),
      properties,
      context: {
        userAgent,
        locale: place.locale,
        location: { country: place.country },
        page: { url, path, title: titleOf(path), referrer },
      },
    };
  }

  const say = {
    page(next: string): ShopEvent {
      if (step > 0) {
        at = Math.min(at + Math.round(8_000 + random() ** 2 * 150_000), end - 1_000);
        referrer = url;
      }
      path = next;
      // Tags stand in the address one lands on, and nowhere else.
      url = `${site}${path}${step === 0 && origin.tags ? `?${origin.tags}` : ''}`;
      return message('page', { path, url, title: titleOf(path), referrer });
    },
    track(event: string, properties: Record<string, unknown>): ShopEvent {
      at = Math.min(at + 1_000 + Math.round(random() * 4_000), end - 1_000);
      return { ...message('track', properties), event };
    },
    *signIn(): Generator<ShopEvent> {
      if (signedIn) return;
      yield* say.identify();
      yield say.track('Signed In', { method: 'email' });
    },
    /** Not all who tell who they are wanted something. */
    *subscribe(): Generator<ShopEvent> {
      if (signedIn) return;
      yield* say.identify();
      if (random() < 0.3) yield say.track('Newsletter Subscribed', { list: 'Harvest letter' });
    },
    *identify(): Generator<ShopEvent> {
      signedIn = true;
      yield message('identify', { email });
    },
  };
  return say;
}
