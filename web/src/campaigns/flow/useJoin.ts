import { useCallback } from 'react';

/**
 * Keeps the line below ways that join as long as it must be: from the middle of the first that goes on to that of the last,
 * and to the middle of all, where the next step hangs. Ways are as wide as what is in them, so CSS cannot know.
 */
export function useJoin() {
  return useCallback((fan: HTMLUListElement | null) => {
    if (!fan) return undefined;
    const draw = () => {
      const open = [...fan.children].filter((way) => way instanceof HTMLElement && way.dataset.open);
      const middles = open.map(
        (way) => (way as HTMLElement).offsetLeft + (way as HTMLElement).offsetWidth / 2,
      );
      const all = open.length === 0 ? [0] : [fan.offsetWidth / 2, ...middles];
      fan.style.setProperty('--join-from', `${Math.min(...all)}px`);
      fan.style.setProperty('--join-width', `${Math.max(...all) - Math.min(...all)}px`);
    };
    const sizes = new ResizeObserver(draw);
    const watch = () => {
      sizes.disconnect();
      for (const one of [fan, ...fan.children]) sizes.observe(one);
      draw();
    };
    // Ways come and go, and begin or cease to end.
    const ways = new MutationObserver(watch);
    ways.observe(fan, { childList: true, subtree: true, attributeFilter: ['data-open'] });
    watch();
    return () => {
      sizes.disconnect();
      ways.disconnect();
    };
  }, []);
}
