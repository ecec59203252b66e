// Before the first paint: the colour scheme chosen here before, else the system's. A file of its own,
// because the Content-Security-Policy allows no inline script.
(() => {
  let chosen = 'auto';
  try {
    chosen = localStorage.getItem('rapport-color-scheme') || 'auto';
  } catch {
    // Storage may be forbidden; the system's scheme is then as good.
  }
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
