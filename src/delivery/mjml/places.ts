/** Elements whose content MJML hands on as it is. */
export const verbatim = new Set([
  'mj-accordion-text',
  'mj-accordion-title',
  'mj-breakpoint',
  'mj-button',
  'mj-carousel-image',
  'mj-html-attribute',
  'mj-navbar-link',
  'mj-preview',
  'mj-raw',
  'mj-social-element',
  'mj-style',
  'mj-table',
  'mj-text',
  'mj-title',
]);

/** Follows MJML piece by piece: where in it one is. */
export class Places {
  #state: 'words' | 'tag' | 'comment' | '"' | "'" = 'words';
  #tag = { name: '', closing: false };
  #verbatim = 0;
  /** Before `<mjml>`, within it, or after it. */
  #root: 'before' | 'within' | 'after' = 'before';

  get root() {
    return this.#root;
  }

  /** Between two of MJML's own elements, where it keeps no text. */
  get between(): boolean {
    return this.#state === 'words' && this.#verbatim === 0;
  }

  /** Goes on over some text. @returns where in it words stand between elements, if there are any */
  over(text: string): number | undefined {
    let lost: number | undefined;
    let at = 0;
    while (at < text.length) {
      if (this.#state !== 'words') {
        at = this.#inTag(text, at);
        continue;
      }
      const open = text.indexOf('<', at);
      const words = text.slice(at, open < 0 ? text.length : open);
      const word = words.search(/\S/);
      if (this.between && this.#root === 'within' && word >= 0) lost ??= at + word;
      if (open < 0) break;
      at = this.#open(text, open);
    }
    return lost;
  }

  #open(text: string, open: number): number {
    if (text.startsWith('<!--', open)) {
      this.#state = 'comment';
      return open + 4;
    }
    const tag = /^<(\/?)([a-z][\w:-]*)/i.exec(text.slice(open, open + 80));
    if (!tag) return open + 1;
    this.#tag = { name: tag[2]!.toLowerCase(), closing: tag[1] === '/' };
    if (this.#tag.name === 'mjml' && !this.#tag.closing) this.#root = 'within';
    this.#state = 'tag';
    return open + tag[0].length;
  }

  /** Within a comment, a quoted value or a tag: up to where it ends. */
  #inTag(text: string, from: number): number {
    if (this.#state === 'comment') {
      const end = text.indexOf('-->', from);
      if (end < 0) return text.length;
      this.#state = 'words';
      return end + 3;
    }
    if (this.#state !== 'tag') {
      const end = text.indexOf(this.#state, from);
      if (end < 0) return text.length;
      this.#state = 'tag';
      return end + 1;
    }
    for (let at = from; at < text.length; at += 1) {
      const sign = text[at];
      if (sign === '"' || sign === "'") {
        this.#state = sign;
        return at + 1;
      }
      if (sign === '>') {
        this.#close(text[at - 1] === '/');
        return at + 1;
      }
    }
    return text.length;
  }

  #close(empty: boolean): void {
    this.#state = 'words';
    const { name, closing } = this.#tag;
    if (name === 'mjml' && closing) this.#root = 'after';
    if (!verbatim.has(name)) return;
    if (closing) this.#verbatim = Math.max(0, this.#verbatim - 1);
    else if (!empty) this.#verbatim += 1;
  }
}
