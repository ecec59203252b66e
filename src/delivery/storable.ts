import { z } from 'zod';

/**
 * Text as PostgreSQL can hold it: its `text` has no NUL, and its JSON no half of a surrogate pair (which a filter
 * that cuts an emoji in two leaves behind).
 */
export const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed();

/** Text of a request that is kept in, or compared with, PostgreSQL's. */
export const text = () => z.string().overwrite(storable);
