import { z } from 'zod';

/** An id in a path, a query or a document. Lower case, as it is stored: ids are also compared as text. */
export const id = z.uuid().toLowerCase();
