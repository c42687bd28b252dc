import type { Tensor } from "./tensor.ts";

/** All tensors that the outputs rest on, inputs first. Without recursion: backward graphs are deep. */
export function topological(outputs: Iterable<Tensor>): Tensor[] {
  const order: Tensor[] = [];
  const state = new Map<Tensor, "open" | "done">();
  const stack = [...outputs].reverse();
  while (stack.length > 0) {
    const x = stack.at(-1)!;
    if (state.get(x) === undefined) {
      state.set(x, "open");
      for (const i of [...x.inputs].reverse()) if (state.get(i) === undefined) stack.push(i);
      continue;
    }
    stack.pop();
    if (state.get(x) === "done") continue;
    state.set(x, "done");
    order.push(x);
  }
  return order;
}
