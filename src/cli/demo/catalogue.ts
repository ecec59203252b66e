/** The made-up shop: what it sells, who links to it, and with what people look at it. The numbers are weights. */

export interface Product {
  product_id: string;
  name: string;
  category: string;
  price: number;
}

const products: [weight: number, name: string, category: string, price: number][] = [
  [9, 'House Espresso', 'Coffee', 14.5],
  [7, 'Ethiopia Sidamo', 'Coffee', 17.9],
  [5, 'Colombia Huila', 'Coffee', 16.4],
  [4, 'Decaf Nightcap', 'Coffee', 15.2],
  [3, 'Tasting Box', 'Gifts', 39],
  [4, 'Pour-over Kit', 'Equipment', 48],
  [2, 'Hand Grinder', 'Equipment', 89],
  [4, 'Earl Grey', 'Tea', 11.8],
  [3, 'Sencha', 'Tea', 13.6],
  [2, 'Stoneware Mug', 'Gifts', 22],
];

export const pathOf = ({ product_id, category }: Product) => `/${category.toLowerCase()}/${product_id}`;

export const sold: readonly [number, Product][] = products.map(([weight, name, category, price]) => [
  weight,
  { product_id: name.toLowerCase().replaceAll(' ', '-'), name, category, price },
]);

const titles: Record<string, string> = {
  '/': 'Coffee, tea and what they need',
  '/coffee': 'Coffee',
  '/tea': 'Tea',
  '/gifts': 'Gifts',
  '/equipment': 'Equipment',
  '/stores': 'Our stores',
  '/journal/brewing-guide': 'How to brew a better cup',
  '/journal/where-it-grows': 'Where it grows',
  '/account': 'Your account',
  '/cart': 'Your cart',
  '/checkout': 'Checkout',
  '/thank-you': 'Thank you',
};
for (const [, product] of sold) titles[pathOf(product)] = product.name;
export const titleOf = (path: string) => `${titles[path] ?? path} · Corner Coffee`;

/** Pages one looks at beside products. */
export const browsed: readonly [number, string][] = [
  [6, '/coffee'],
  [3, '/tea'],
  [3, '/equipment'],
  [3, '/gifts'],
  [2, '/stores'],
  [2, '/journal/brewing-guide'],
  [1, '/journal/where-it-grows'],
];

/** Where a visit comes from: the page that links, how the address is tagged, and where it lands. */
export interface Origin {
  referrer: string;
  tags: string;
  landings: readonly [number, string][];
  /** How much likelier than others it buys. */
  eager: number;
}

const origin = (eager: number, referrer: string, tags: string, landings: [number, string][]): Origin => ({
  referrer,
  tags,
  landings,
  eager,
});
const shopping: [number, string][] = [
  [6, '/'],
  [4, '/coffee'],
  [1, '/stores'],
];

export const origins: readonly [number, Origin][] = [
  [26, origin(1.3, '', '', [...shopping, [1, '/account']])],
  [27, origin(1, 'https://www.google.com/', '', [...shopping, [5, '/journal/brewing-guide']])],
  [5, origin(1, 'https://www.bing.com/', '', shopping)],
  [4, origin(0.9, 'https://duckduckgo.com/', '', [[2, '/journal/where-it-grows'], ...shopping])],
  [
    10,
    origin(1.2, 'https://www.google.com/', 'utm_source=google&utm_medium=cpc&utm_campaign=fresh-roast', [
      [3, '/coffee'],
      [1, '/equipment'],
    ]),
  ],
  [
    9,
    origin(1.8, '', 'utm_source=newsletter&utm_medium=email&utm_campaign=harvest-letter', [
      [3, '/coffee'],
      [2, '/gifts'],
    ]),
  ],
  [4, origin(1.6, '', 'utm_source=newsletter&utm_medium=email&utm_campaign=gift-season', [[1, '/gifts']])],
  [
    6,
    origin(
      0.6,
      'https://www.instagram.com/',
      'utm_source=instagram&utm_medium=paid_social&utm_campaign=gift-season',
      [
        [2, '/gifts'],
        [1, '/'],
      ],
    ),
  ],
  [4, origin(0.5, 'https://www.instagram.com/', '', [[1, '/']])],
  [2, origin(0.5, 'https://www.facebook.com/', '', shopping)],
  [2, origin(0.4, 'https://www.reddit.com/', '', [[1, '/journal/brewing-guide']])],
  [3, origin(0.8, 'https://coffee-notes.example/best-roasters', '', shopping)],
  [1, origin(0.7, 'https://city-guide.example/cafes', '', [[1, '/stores']])],
];

export interface Place {
  country: string;
  locale: string;
}
export const countries: readonly [number, Place][] = [
  [68, { country: 'US', locale: 'en-US' }],
  [12, { country: 'CA', locale: 'en-CA' }],
  [7, { country: 'GB', locale: 'en-GB' }],
  [5, { country: 'DE', locale: 'de-DE' }],
  [3, { country: 'FR', locale: 'fr-FR' }],
  [2, { country: 'MX', locale: 'es-MX' }],
  [2, { country: 'AU', locale: 'en-AU' }],
  [1, { country: 'JP', locale: 'ja-JP' }],
];

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
export const browsers: readonly [number, string][] = [
  [
    27,
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  ],
  [18, `Mozilla/5.0 (Linux; Android 10; K) ${webkit} Chrome/140.0.0.0 Mobile Safari/537.36`],
  [22, `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36`],
  [9, `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/140.0.0.0 Safari/537.36`],
  [
    9,
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  ],
  [6, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0'],
  [5, `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`],
  [
    4,
    'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  ],
];

/** How busy the hours of a day are in UTC, for customers most of whom live in America. */
export const hours: readonly [number, number][] = [
  8, 7, 6, 4, 3, 2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 10, 11, 12, 11, 10, 9, 9, 9, 9,
].map((weight, hour) => [weight, hour]);
