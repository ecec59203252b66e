/**
 * Reads on while what was read before is dealt with, and gives all that is there at once, `most` pages at a time: whoever
 * deals with it pays for each turn, and so for fewer of them. Ends, and fails, as the pages do, when all that was read is
 * given.
 *
 * @param made what is given of each; made at once, so that nothing else of a page has to be kept
 */
export async function* ahead<T, U, R>(
  pages: AsyncGenerator<T[], R>,
  most: number,
  made: (one: T) => U,
): AsyncGenerator<U[], R> {
  const read: U[][] = [];
  let ended: { value: R } | { error: unknown } | undefined;
  let stopped = false;
  let moved = Promise.withResolvers<void>();
  const move = () => {
    moved.resolve();
    moved = Promise.withResolvers();
  };

  const reading = (async () => {
    try {
      while (!stopped) {
        const next = await pages.next();
        if (next.done) {
          ended = { value: next.value };
          return;
        }
        read.push(next.value.map(made));
        move();
        while (read.length >= most && !stopped) await moved.promise;
      }
    } catch (error) {
      ended = { error };
    } finally {
      move();
    }
  })();

  try {
    for (;;) {
      while (read.length === 0 && !ended) await moved.promise;
      if (read.length > 0) {
        const there = read.splice(0).flat();
        move();
        yield there;
      } else if (ended) {
        if ('error' in ended) throw ended.error;
        return ended.value;
      }
    }
  } finally {
    stopped = true;
    move();
    await pages.return(undefined as never).catch(() => {});
    await reading;
  }
}
