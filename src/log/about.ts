import { readable } from './readable.ts';

const said = (name: string) => `JSONExtractString(${readable}, '${name}')`;

/**
 * SQL of whether a row of `messages` is about one of some ids (SQL too). An alias is also of the id it gives up. Who erases
 * people and who shows what is held of them read this, so that the same messages are theirs.
 */
export const aboutIds = (ids: string): string =>
  `if(${said('userId')} != '', ${said('userId')}, ${said('anonymousId')}) IN ${ids}` +
  ` OR ${said('previousId')} IN ${ids}`;
