import { direct, hostnames, type Origin, origins } from './metrics-model-vocabulary.ts';

const utmNames = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'] as const;

/** Where an event says it came from, looked up among the answers given by hand. */
export function originOf(url = '', referrer = ''): { campaign: string; values: Record<string, string> } {
  const query = url ? new URL(url).searchParams : new URLSearchParams();
  const inner = referrer !== '' && hostnames.some((name) => referrer.startsWith(`https://${name}/`));
  const origin = query.size === 0 && (referrer === '' || inner) ? direct : lookUp(query, referrer);
  const utm = Object.fromEntries(utmNames.map((name) => [name, query.get(name) ?? '']));
  const { referrer_domain, traffic_source, traffic_medium, channel } = origin;
  return {
    campaign: origin.direct ? '' : `${traffic_source}/${traffic_medium}/${utm.utm_campaign}`,
    values: { ...utm, referrer_domain, traffic_source, traffic_medium, channel },
  };
}

function lookUp(query: URLSearchParams, referrer: string): Origin {
  const wanted = query.toString();
  const found = origins.find(
    (origin) =>
      new URLSearchParams(origin.query).toString() === wanted && (origin.referrer ?? '') === referrer,
  );
  if (!found) throw new Error(`no answer was given by hand for ${wanted} from ${referrer}`);
  return found;
}
