import { describe, type Tensor } from "./tensor.ts";

/** An op was given shapes that do not fit: says which op, what it got and what it needs. */
export class ShapeError extends Error {
  override name = "ShapeError";

  constructor(op: string, got: readonly Tensor[], need: string) {
    super(`${op}: got ${got.map(describe).join(" and ")}; ${need}`);
  }
}
