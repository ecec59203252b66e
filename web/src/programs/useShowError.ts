import { useEffect, useRef } from 'react';

/** Leads to the field the server refused: in a long form it may be out of sight. */
export function useShowError(error: unknown) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  return form;
}
