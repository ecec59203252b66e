/** Values of an event or of a person: anything JSON can hold. */
export type Values = Record<string, unknown>;

/** On the script tag they are data attributes: `data-write-key`, `data-host`, `data-auto-page="false"`, … */
export interface Options {
  writeKey: string;
  /** Where Rapport is; where the script came from, if missing. */
  host?: string;
  /** A page view at the start and at each navigation within the page (history API). Default: true. */
  autoPage?: boolean;
  /** What follows `#` is part of the page's path, and a change of it a navigation. Default: false. */
  hash?: boolean;
  /** Nothing is sent or stored for a browser that says Do Not Track or Global Privacy Control. Default: false. */
  respectDnt?: boolean;
}

/**
 * `window.rapport`. Before the script is there, a stub may stand in its place that keeps the calls for it:
 *
 *     window.rapport = window.rapport || function () { (rapport.q = rapport.q || []).push(arguments) };
 */
export interface Rapport {
  (call: 'init', options: Options): void;
  (call: 'track', event: string, properties?: Values): void;
  (call: 'page', name?: string, properties?: Values): void;
  (call: 'page', properties: Values): void;
  /** Says who the visitor is, from now on. What they did before is theirs too. */
  (call: 'identify', userId: string, traits?: Values): void;
  (call: 'identify', traits: Values): void;
  (call: 'group', groupId: string, traits?: Values): void;
  /** The two are one person. @param previousId the present user or visitor, if missing */
  (call: 'alias', userId: string, previousId?: string): void;
  /** Forgets who the visitor is (signing out): a new visitor begins. */
  (call: 'reset'): void;
  /** Nothing is sent or stored any more in this browser, until `optIn`. What waits to be sent is dropped. */
  (call: 'optOut' | 'optIn'): void;
  /** Calls made before the script was there. */
  q?: ArrayLike<unknown>[];
  /** The script is there. */
  loaded?: true;
}

declare global {
  var rapport: Rapport;
}
