/** Results in the order in which they are ready. Waits for all before it throws what failed. */
export async function* asReady<T>(works: readonly Promise<T>[]): AsyncGenerator<T> {
  const ready: T[] = [];
  let failure: { readonly error: unknown } | undefined;
  let left = works.length;
  let wake = (): void => {};
  for (const work of works)
    work
      .then(
        (result) => void ready.push(result),
        (error: unknown) => {
          failure ??= { error };
        },
      )
      .finally(() => {
        left--;
        wake();
      });
  while (left > 0 || ready.length > 0) {
    const next = failure ? undefined : ready.shift();
    if (next !== undefined) yield next;
    else if (left > 0)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    else break;
  }
  if (failure) throw failure.error;
}

/** What several generators yield, up to `width` of them at once, as it comes. */
export async function* interleaved<T>(
  sources: AsyncIterable<AsyncGenerator<T, unknown>>,
  width: number,
): AsyncGenerator<T> {
  type Turn = { readonly from: AsyncGenerator<T, unknown>; readonly step: IteratorResult<T, unknown> };
  const waiting = new Map<AsyncGenerator<T, unknown>, Promise<Turn>>();
  const advance = (from: AsyncGenerator<T, unknown>): void => {
    const turn = from.next().then((step) => ({ from, step }));
    // One that fails is thrown in its turn.
    turn.catch(() => {});
    waiting.set(from, turn);
  };
  async function* turn(): AsyncGenerator<T> {
    const { from, step } = await Promise.race(waiting.values());
    if (step.done) {
      waiting.delete(from);
      return;
    }
    advance(from);
    yield step.value;
  }
  try {
    for await (const source of sources) {
      while (waiting.size >= width) yield* turn();
      advance(source);
    }
    while (waiting.size > 0) yield* turn();
  } finally {
    // Those that still run are let come to a place where they can stop.
    await Promise.allSettled(Array.from(waiting.keys(), (from) => from.return(undefined)));
  }
}
