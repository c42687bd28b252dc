import { sameShape } from "./dim.ts";
import { copy, rewrite } from "./rewrite.ts";
import { Tensor } from "./tensor.ts";

/**
 * The same outputs from a smaller graph: equal subexpressions become one, constants of one number fold, operations that
 * change nothing vanish, chains of reshapes or transposes become one. Dead nodes are not reached and so are gone.
 */
export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const known = new Map<string, Tensor>();
  const ids = new Map<unknown, number>();
  const id = (x: unknown): number => {
    const seen = ids.get(x) ?? ids.size;
    ids.set(x, seen);
    return seen;
  };
  return rewrite(outputs, (x) => {
    const reduced = reduce(x);
    const key = keyOf(reduced, id);
    const first = key === undefined ? reduced : (known.get(key) ?? reduced);
    if (key !== undefined) known.set(key, first);
    return first;
  });
}

/** Equal keys mean equal values. Inputs and parameters are only equal to themselves. */
function keyOf(x: Tensor, id: (x: unknown) => number): string | undefined {
  if (x.op.name === "input" || x.op.name === "parameter") return undefined;
  const attributes = JSON.stringify(x.attributes, (name, value) =>
    name === "values" && value.length > 64 ? `#${id(value)}` : value,
  );
  return `${x.op.name} ${x.inputs.map(id).join(",")} ${attributes}`;
}

/** The value of a constant that is one number all over. */
function scalarOf(x: Tensor): number | undefined {
  const values = (x.attributes as { values?: ArrayLike<number> } | undefined)?.values;
  return x.op.name === "constant" && x.rank === 0 ? values?.[0] : undefined;
}

const fold: Readonly<Record<string, (...v: number[]) => number>> = {
  add: (a, b) => a! + b!,
  sub: (a, b) => a! - b!,
  mul: (a, b) => a! * b!,
  div: (a, b) => a! / b!,
  neg: (a) => -a!,
  sqrt: (a) => Math.sqrt(a!),
};

/** Neutral elements: `x op value` is x, on either side where the op commutes. */
const neutral: Readonly<Record<string, { value: number; either: boolean }>> = {
  add: { value: 0, either: true },
  sub: { value: 0, either: false },
  mul: { value: 1, either: true },
  div: { value: 1, either: false },
};

/** Ops that broadcast by themselves, so that their operands need not be expanded before. */
const broadcasting = new Set(["add", "sub", "mul", "div", "maximum", "minimum", "greater", "equal", "where"]);

/** The operands before they were expanded, where the result's shape stays. */
function unexpanded(x: Tensor): Tensor {
  if (!broadcasting.has(x.op.name)) return x;
  return x.inputs.reduce((y, operand, i) => {
    if (operand.op.name !== "expand") return y;
    const narrow = copy(y, y.inputs.with(i, operand.inputs[0]!));
    return sameShape(narrow.shape, x.shape) ? narrow : y;
  }, x);
}

/** An op on expanded numbers, as the expansion of the op on the numbers. */
function lifted(x: Tensor): Tensor | undefined {
  const expanded = x.inputs.find((i) => i.op.name === "expand" && sameShape(i.shape, x.shape));
  if (!broadcasting.has(x.op.name) || !expanded) return undefined;
  const numbers = x.inputs.map((i) => (i.op.name === "expand" ? i.inputs[0]! : i));
  return numbers.every((i) => i.rank === 0) ? copy(expanded, [reduce(copy(x, numbers))]) : undefined;
}

function reduce(given: Tensor): Tensor {
  const x = lifted(given) ?? unexpanded(given);
  const [a, b] = x.inputs;
  const values = x.inputs.map(scalarOf);
  const compute = fold[x.op.name];
  if (compute && values.length > 0 && values.every((v) => v !== undefined)) {
    return new Tensor(a!.op, [], { values: [compute(...(values as number[]))], shape: [], dtype: x.dtype });
  }
  const rule = neutral[x.op.name];
  if (rule && values[1] === rule.value && sameShape(a!.shape, x.shape)) return a!;
  if (rule?.either && values[0] === rule.value && sameShape(b!.shape, x.shape)) return b!;
  switch (x.op.name) {
    case "neg":
      return a!.op.name === "neg" ? a!.inputs[0]! : x;
    case "expand": {
      const fromScalar = a!.op.name === "reshape" && a!.inputs[0]!.rank === 0;
      if (fromScalar) return reduce(copy(x, [a!.inputs[0]!]));
      return sameShape(a!.shape, x.shape) ? a! : x;
    }
    case "sum":
    case "mean":
      return sameShape(a!.shape, x.shape) ? a! : x;
    case "reshape":
      if (a!.op.name === "reshape") return reduce(copy(x, [a!.inputs[0]!]));
      return sameShape(a!.shape, x.shape) ? a! : x;
    case "slice":
    case "pad":
      return sameShape(a!.shape, x.shape) ? a! : x;
    case "transpose": {
      const { order } = x.attributes as { order: number[] };
      if (a!.op.name !== "transpose") return order.every((axis, i) => axis === i) ? a! : x;
      const { order: before } = a!.attributes as { order: number[] };
      return reduce(copy(x, [a!.inputs[0]!], { order: order.map((axis) => before[axis]) }));
    }
    default:
      return x;
  }
}
