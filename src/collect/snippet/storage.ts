/**
 * Small texts that outlive the page: in localStorage, else (blocked, full) in cookies, else as long as the page lives.
 */
const prefix = 'rapport.';
const memory: Record<string, string> = {};

/** Runs what a browser may forbid. */
export function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

const cookie = (key: string, value: string, seconds: number) =>
  attempt(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is younger than the browsers this runs in
    document.cookie = `${prefix}${key}=${encodeURIComponent(value)};path=/;max-age=${seconds};samesite=lax`;
  });

export function read(key: string): string | undefined {
  return (
    attempt(() => localStorage.getItem(prefix + key)) ??
    attempt(() => {
      const found = document.cookie.split('; ').find((one) => one.startsWith(`${prefix + key}=`));
      return found && decodeURIComponent(found.slice(prefix.length + key.length + 1));
    }) ??
    memory[key]
  );
}

export function write(key: string, value: string): void {
  try {
    localStorage.setItem(prefix + key, value);
  } catch {
    memory[key] = value;
    cookie(key, value, 31_536_000);
  }
}

export function remove(key: string): void {
  delete memory[key];
  attempt(() => localStorage.removeItem(prefix + key));
  cookie(key, '', 0);
}
