import { createContext, useContext } from 'react';
import { ApiError } from '../api/client.ts';
import type { Kind } from './operators.ts';
import type { Suggestions } from './queries.ts';

interface Known {
  suggestions: Suggestions | undefined;
  /** What the server said of the rule as it stands. */
  error: unknown;
}

/** What every part of a rule's editor needs to know. */
export const RuleContext = createContext<Known>({ suggestions: undefined, error: undefined });

export const useRuleContext = () => useContext(RuleContext);

/** The server's complaint about a condition, when its path lies inside it. */
export function useRuleError(path: string): string | undefined {
  const { error } = useRuleContext();
  if (!(error instanceof ApiError) || error.field === undefined) return undefined;
  return error.field === path || error.field.startsWith(`${path}.`) ? complaint(error) : undefined;
}

/** What the server said of a rule, without the path it begins with. */
export function complaint({ message, hint, field }: ApiError): string {
  const said = field && message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
  const sentence = said.charAt(0).toUpperCase() + said.slice(1);
  return hint ? `${sentence} ${hint}` : sentence;
}

/** What the values of an attribute are. */
export function useAttributeKind(name: string): Kind | undefined {
  return useRuleContext().suggestions?.attributes.find((one) => one.name === name)?.kind;
}
