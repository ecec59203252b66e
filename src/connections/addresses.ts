import { outsideOnly } from '../engine/index.ts';
import { Trouble } from './errors.ts';

export const { checkHost, lookup: outsideLookup } = outsideOnly(
  ({ message, hint }) => new Trouble('misconfigured', message, { hint }),
);
