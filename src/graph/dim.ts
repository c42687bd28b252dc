/**
 * An axis length: a number, or the canonical text of a symbolic one, such as `"h"`, `"8*h"`, `"h*w"`, `"ceil(h/2)"`.
 * Two dims are equal exactly when they are `===`.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Reads a product: `"8*h*w"` → scale 8 and atoms `h`, `w`. Atoms never contain `*` outside of parentheses. */
export function factors(dim: Dim): { scale: number; atoms: string[] } {
  if (typeof dim === "number") return { scale: dim, atoms: [] };
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const c of dim) {
    if (c === "(") depth++;
    if (c === ")") depth--;
    if (c === "*" && depth === 0) {
      parts.push(part);
      part = "";
    } else part += c;
  }
  parts.push(part);
  const scale = /^\d+$/.test(parts[0]!) ? Number(parts.shift()) : 1;
  return { scale, atoms: parts };
}

function product(scale: number, atoms: string[]): Dim {
  if (atoms.length === 0 || scale === 0) return scale;
  const text = [...atoms].sort().join("*");
  return scale === 1 ? text : `${scale}*${text}`;
}

export function mulDims(...dims: Dim[]): Dim {
  const all = dims.map(factors);
  return product(
    all.reduce((s, f) => s * f.scale, 1),
    all.flatMap((f) => f.atoms),
  );
}

/** a / b where b is known to divide a; `undefined` when that cannot be seen from the symbols. */
export function divDims(a: Dim, b: Dim): Dim | undefined {
  const x = factors(a);
  const y = factors(b);
  const atoms = [...x.atoms];
  for (const atom of y.atoms) {
    const at = atoms.indexOf(atom);
    if (at < 0) return undefined;
    atoms.splice(at, 1);
  }
  return x.scale % y.scale === 0 ? product(x.scale / y.scale, atoms) : undefined;
}

/** ⌈a / k⌉. */
export function ceilDiv(a: Dim, k: number): Dim {
  if (k === 1) return a;
  if (typeof a === "number") return Math.ceil(a / k);
  return divDims(a, k) ?? `ceil(${a}/${k})`;
}

/** a + b, for whole numbers of the same symbol or for a symbol and a number. */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  const x = factors(a);
  const y = factors(b);
  if (x.atoms.length > 0 && x.atoms.join("*") === y.atoms.join("*")) return product(x.scale + y.scale, x.atoms);
  return typeof b === "number" ? `(${a}${b < 0 ? "-" : "+"}${Math.abs(b)})` : `(${a}+${b})`;
}

/** Elements of a shape. */
export const sizeOf = (shape: Shape): Dim => mulDims(...shape);

/** Elements of a shape whose axes are all numbers. */
export function staticSize(shape: Shape): number {
  const size = sizeOf(shape);
  if (typeof size === "string")
    throw new Error(`the shape [${shape.join(",")}] has symbolic axes; a fixed one is needed`);
  return size;
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

/** numpy broadcasting of two shapes; `undefined` when they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out.push(x === 1 ? y : x);
  }
  return out;
}
