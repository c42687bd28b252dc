import { withoutLoraTags } from "./lora-tags.ts";

/** A text with the factor that its hidden states are weighed with. */
export interface Span {
  readonly text: string;
  readonly weight: number;
}

/** One of the prompts that `AND` joins: composable diffusion, Liu et al. 2022. */
export interface Subprompt {
  readonly weight: number;
  readonly nodes: readonly Node[];
}

/** Text; `BREAK`; `(a)`, `(a:1.2)` or `[a]`; `[from:to:when]`; `[a|b|c]`. */
type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "break" }
  | { readonly kind: "weighted"; readonly weight: number; readonly nodes: readonly Node[] }
  | { readonly kind: "scheduled"; readonly from: readonly Node[]; readonly to: readonly Node[]; readonly when: string }
  | { readonly kind: "alternating"; readonly options: readonly (readonly Node[])[] };

/** `(a)` weighs this much, `[a]` the inverse. */
const emphasis = 1.1;

const signed = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)\s*$/;

/**
 * Reads a prompt in the language of AUTOMATIC1111's web UI (its wiki, "Features"). Every text is a prompt: brackets
 * without their like are read as there, an open one lasts to the end and a closing one is a letter. Tags that name LoRAs
 * are no part of the text.
 */
export function parsePrompt(prompt: string): Subprompt[] {
  const parts = withoutLoraTags(prompt).split(/\bAND\b/);
  if (parts.length === 1) return [parseWhole(prompt)];
  return parts.map((part) => {
    const weight = /:\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*$/.exec(part);
    return { weight: Number(weight?.[1] ?? 1), nodes: parse(part.slice(0, weight?.index)) };
  });
}

/** The same where `AND` joins nothing, as in negative prompts. */
export const parseWhole = (prompt: string): Subprompt => ({ weight: 1, nodes: parse(withoutLoraTags(prompt)) });

/** A bracket that is still open, and what it holds so far, apart at `:` and `|`. */
interface Frame {
  readonly open: "(" | "[" | "";
  readonly parts: Node[][];
  readonly signs: string[];
}

const frame = (open: Frame["open"]): Frame => ({ open, parts: [[]], signs: [] });

function parse(prompt: string): Node[] {
  const stack = [frame("")];
  const token =
    /\\[()[\]\\:|]|:\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*\)|\bBREAK\b|[()[\]:|\\]|(?:(?!\bBREAK\b)[^()[\]:|\\])+/g;
  while (token.lastIndex < prompt.length) {
    const [sign, weight] = token.exec(prompt)!;
    const top = stack.at(-1)!;
    const nodes = top.parts.at(-1)!;
    const text = (word: string): unknown => nodes.push({ kind: "text", text: word });
    if (sign === "(" || sign === "[") stack.push(frame(sign));
    else if (weight !== undefined && top.open === "(") close(stack, weighted(top, Number(weight)));
    else if (weight !== undefined) {
      // A colon of its own after all; what follows it is read again.
      token.lastIndex -= sign.length - 1;
      separate(top, ":");
    } else if (sign === ")" && top.open === "(") close(stack, weighted(top, emphasis));
    else if (sign === "]" && top.open === "[") close(stack, square(top));
    else if (sign === ":" || sign === "|") separate(top, sign);
    else if (sign === "BREAK") nodes.push({ kind: "break" });
    else text(sign.length === 2 && sign[0] === "\\" ? sign[1]! : sign);
  }
  while (stack.length > 1) {
    const top = stack.at(-1)!;
    close(stack, weighted(top, top.open === "(" ? emphasis : 1 / emphasis));
  }
  return joined(stack[0]!);
}

function close(stack: Frame[], node: Node): void {
  stack.pop();
  stack.at(-1)!.parts.at(-1)!.push(node);
}

/** Signs mean something in square brackets only. */
function separate({ open, parts, signs }: Frame, sign: string): void {
  if (open === "[") {
    signs.push(sign);
    parts.push([]);
  } else parts.at(-1)!.push({ kind: "text", text: sign });
}

/** What a frame holds, with the signs as letters. */
const joined = ({ parts, signs }: Frame): Node[] =>
  parts.flatMap((nodes, i) => (i === 0 ? nodes : [{ kind: "text", text: signs[i - 1]! } as const, ...nodes]));

const weighted = (of: Frame, weight: number): Node => ({ kind: "weighted", weight, nodes: joined(of) });

function square(of: Frame): Node {
  const { parts, signs } = of;
  if (signs.length > 0 && signs.every((sign) => sign === "|")) return { kind: "alternating", options: parts };
  const [last, ...more] = parts.at(-1)!;
  const colons = signs.length > 0 && signs.length <= 2 && signs.every((sign) => sign === ":");
  if (colons && more.length === 0 && last?.kind === "text" && signed.test(last.text))
    return { kind: "scheduled", from: parts.length === 3 ? parts[0]! : [], to: parts.at(-2)!, when: last.text.trim() };
  return weighted(of, 1 / emphasis);
}

/** Whether `step` of `steps`, from 0, is past `when`: a share of the steps where it has a point, else a number of them. */
function past(when: string, step: number, steps: number): boolean {
  const value = Number(when);
  return step >= Math.min(steps, Math.floor(when.includes(".") ? value * steps : value));
}

/** What a prompt says at a step, from 0, of so many: sections that `BREAK` parts, each a list of weighted texts. */
export function promptAt({ nodes }: Subprompt, step: number, steps: number): Span[][] {
  const sections: { text: string; weight: number }[][] = [[]];
  // A stack instead of recursion: brackets may be as deep as the text is long.
  const left: { readonly nodes: readonly Node[]; readonly weight: number; at: number }[] = [
    { nodes, weight: 1, at: 0 },
  ];
  while (left.length > 0) {
    const top = left.at(-1)!;
    const node = top.nodes[top.at++];
    const inside = (of: readonly Node[], factor = 1) => left.push({ nodes: of, weight: top.weight * factor, at: 0 });
    if (!node) left.pop();
    else if (node.kind === "text") say(sections.at(-1)!, node.text, top.weight);
    else if (node.kind === "break") sections.push([]);
    else if (node.kind === "weighted") inside(node.nodes, node.weight);
    else if (node.kind === "scheduled") inside(past(node.when, step, steps) ? node.to : node.from);
    else inside(node.options[Math.floor(step) % node.options.length]!);
  }
  return sections;
}

/** Texts of one weight become one text: `[fe|]male` is a word. */
function say(spans: { text: string; weight: number }[], text: string, weight: number): void {
  const last = spans.at(-1);
  if (last?.weight === weight) last.text += text;
  else spans.push({ text, weight });
}
