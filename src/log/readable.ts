/**
 * SQL of the text of a row of `messages` as the engine can read it: a whole number beyond 64 bits makes it refuse all of
 * a JSON text, so it gets a fraction, and is a float like any other. Whoever reads the log for what is in a message (an
 * erasure, a verification) reads this, or such a message is nobody's. The same stands in processing/parsed.sql.
 */
export const readable = String.raw`if(isValidJSON(message), message, replaceRegexpAll(message, '([:,\\[]-?[0-9]{19,})', '\\1.0'))`;
