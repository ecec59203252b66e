import { createContext, useContext } from 'react';
import { ApiError } from '../api/client.ts';
import type { Kind } from './operators.ts';
import type { Segment, Suggestions } from './queries.ts';

interface Known {
  suggestions: Suggestions | undefined;
  segments: Segment[];
  /** What the server said of the rule as it stands. */
  error: unknown;
}

/** What every part of a rule's editor needs to know. */
export const RuleContext = createContext<Known>({ suggestions: undefined, segments: [], error: undefined });

export const useRuleContext = () => useContext(RuleContext);

/** The server's complaint about a condition, when its path lies inside it. */
export function useRuleError(path: string): string | undefined {
  const { error } = useRuleContext();
  if (!(error instanceof ApiError) || error.field === undefined) return undefined;
  const inside = error.field === path || error.field.startsWith(`${path}.`);
  if (!inside) return undefined;
  return error.hint ? `${error.message} ${error.hint}` : error.message;
}

/** What is known of one attribute. */
export function useAttribute(name: string): { kind: Kind | undefined; values: string[] } {
  const found = useRuleContext().suggestions?.attributes.find((one) => one.name === name);
  return { kind: found?.kind, values: found?.values ?? [] };
}
