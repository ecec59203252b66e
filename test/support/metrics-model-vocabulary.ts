/**
 * What random messages are made of, each with the answer a person would give: so that the model needs no second
 * implementation of what the processing derives.
 */

export interface Agent {
  userAgent: string;
  device: string;
  browser: string;
  system: string;
  bot?: true;
}

export const agents: readonly Agent[] = [
  {
    userAgent:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    device: 'desktop',
    browser: 'Chrome',
    system: 'Windows',
  },
  {
    userAgent:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.51',
    device: 'desktop',
    browser: 'Edge',
    system: 'Windows',
  },
  {
    userAgent:
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
    device: 'desktop',
    browser: 'Safari',
    system: 'macOS',
  },
  {
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0',
    device: 'desktop',
    browser: 'Firefox',
    system: 'Linux',
  },
  {
    userAgent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
    device: 'mobile',
    browser: 'Safari',
    system: 'iOS',
  },
  {
    userAgent:
      'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
    device: 'mobile',
    browser: 'Chrome',
    system: 'Android',
  },
  {
    userAgent:
      'Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
    device: 'tablet',
    browser: 'Safari',
    system: 'iOS',
  },
];

export const bots: readonly Agent[] = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36',
].map((userAgent) => ({ userAgent, device: '', browser: '', system: '', bot: true }));

/** How a visit begins: what is written in the address and the referrer, and what that means. */
export interface Origin {
  /** Added to the address of the page. */
  query?: Record<string, string>;
  referrer?: string;
  referrer_domain: string;
  traffic_source: string;
  traffic_medium: string;
  channel: string;
  /** Whether it is an origin at all, or somebody who just comes. */
  direct?: true;
}

const utm = (source: string, medium: string, campaign: string, more: Record<string, string> = {}) => ({
  utm_source: source,
  utm_medium: medium,
  utm_campaign: campaign,
  ...more,
});

export const direct: Origin = {
  referrer_domain: '',
  traffic_source: '(direct)',
  traffic_medium: '(none)',
  channel: 'Direct',
  direct: true,
};

export const origins: readonly Origin[] = [
  {
    referrer: 'https://www.google.com/',
    referrer_domain: 'google.com',
    traffic_source: 'google',
    traffic_medium: 'organic',
    channel: 'Organic Search',
  },
  {
    referrer: 'https://duckduckgo.com/',
    referrer_domain: 'duckduckgo.com',
    traffic_source: 'duckduckgo',
    traffic_medium: 'organic',
    channel: 'Organic Search',
  },
  {
    referrer: 'https://www.facebook.com/some/post',
    referrer_domain: 'facebook.com',
    traffic_source: 'facebook.com',
    traffic_medium: 'social',
    channel: 'Organic Social',
  },
  {
    referrer: 'https://coffee.example.net/best-of?x=1',
    referrer_domain: 'coffee.example.net',
    traffic_source: 'coffee.example.net',
    traffic_medium: 'referral',
    channel: 'Referral',
  },
  {
    query: utm('newsletter', 'email', 'spring', { utm_content: 'top button' }),
    referrer_domain: '',
    traffic_source: 'newsletter',
    traffic_medium: 'email',
    channel: 'Email',
  },
  {
    query: utm('newsletter', 'email', 'autumn'),
    referrer_domain: '',
    traffic_source: 'newsletter',
    traffic_medium: 'email',
    channel: 'Email',
  },
  {
    query: utm('google', 'cpc', 'brand', { utm_term: 'good coffee', gclid: 'Cj0KCQ' }),
    referrer: 'https://www.google.com/',
    referrer_domain: 'google.com',
    traffic_source: 'google',
    traffic_medium: 'cpc',
    channel: 'Paid Search',
  },
  {
    query: utm('facebook', 'paid_social', 'café & thé'),
    referrer: 'https://l.facebook.com/',
    referrer_domain: 'l.facebook.com',
    traffic_source: 'facebook',
    traffic_medium: 'paid_social',
    channel: 'Paid Social',
  },
  {
    query: utm('partner', 'affiliate', 'always'),
    referrer_domain: '',
    traffic_source: 'partner',
    traffic_medium: 'affiliate',
    channel: 'Affiliates',
  },
  {
    query: { gclid: 'EAIaIQ' },
    referrer_domain: '',
    traffic_source: 'google',
    traffic_medium: 'cpc',
    channel: 'Paid Search',
  },
];

export const hostnames = ['shop.example', 'blog.shop.example'] as const;
export const pages: readonly { path: string; title: string }[] = [
  { path: '/', title: 'Home' },
  { path: '/products', title: 'All products' },
  { path: '/products/espresso', title: 'Espresso' },
  { path: '/products/filter', title: 'Filter' },
  { path: "/products/o'brien's", title: "O'Brien's \\ blend" },
  { path: '/cart', title: 'Cart' },
  { path: '/checkout', title: 'Checkout' },
  { path: '/thanks', title: 'Thank you' },
  { path: '/about', title: 'About us' },
  { path: '/blog/%C3%BCber', title: 'Über uns' },
];
export const countries = ['DE', 'US', 'FR', 'NP', ''] as const;
export const locales = ['de-DE', 'en-US', 'fr-FR', 'ne-NP', ''] as const;
export const categories = ['coffee', 'tea', 'cups', 'it\'s \\ "odd" %_'] as const;
