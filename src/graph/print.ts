import { topological } from "./order.ts";
import type { Tensor } from "./tensor.ts";

/** A graph as text, one op a line, for snapshots and for reading. */
export function print(outputs: readonly Tensor[]): string {
  const names = new Map<Tensor, string>();
  const lines: string[] = [];
  let next = 0;
  for (const x of topological(outputs)) {
    const { op, attributes } = x;
    if (op.name === "constant") {
      const { values } = attributes as { values: ArrayLike<number> };
      names.set(x, values.length === 1 ? String(values[0]) : `const[${x.shape.join(",")}]`);
      continue;
    }
    const name = x.name ?? `%${next++}`;
    names.set(x, name);
    const extra = attributes && op.name !== "input" && op.name !== "parameter" ? ` ${JSON.stringify(attributes)}` : "";
    const args = x.inputs.map((i) => names.get(i)!).join(" ");
    lines.push(`${name}: ${x.dtype}[${x.shape.join(",")}] = ${op.name}${args ? ` ${args}` : ""}${extra}`);
  }
  return `${lines.join("\n")}\nreturn ${outputs.map((x) => names.get(x)).join(", ")}`;
}
