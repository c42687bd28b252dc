import { deflateSync } from "node:zlib";
import { encodePng } from "../../../image/png.ts";
import { resize } from "../../../image/resize.ts";
import { flatten } from "../../../image/tensor.ts";
import type { Picture } from "../../../runtime/host.ts";

/** How a terminal can show a picture. */
export type Protocol = "kitty" | "iterm" | "colour24" | "colour8" | "none";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the terminal's kind from its environment; `depth` is the bits of colour that Node finds. */
export function detectProtocol(env: Environment, depth: number): Protocol {
  if (env.NO_COLOR || env.TERM === "dumb") return "none";
  // Multiplexers do not pass pictures on.
  if (!env.TMUX && !env.STY) {
    const program = env.TERM_PROGRAM ?? env.LC_TERMINAL ?? "";
    if (env.KITTY_WINDOW_ID || env.TERM === "xterm-kitty" || program === "ghostty") return "kitty";
    if (program.startsWith("iTerm") || program === "WezTerm") return "iterm";
  }
  if (depth >= 24) return "colour24";
  return depth >= 8 ? "colour8" : "none";
}

/** A picture for the terminal, `columns` by `rows` characters large. */
export interface Preview {
  readonly rows: number;
  /** Draws from the cursor's place; where the cursor is afterwards is up to the protocol. */
  readonly text: string;
}

/** Largest part of the window that a preview takes. */
export interface Window {
  readonly columns: number;
  readonly rows: number;
}

/** Characters of a payload in one command of kitty's protocol. */
const kittyChunk = 4096;

const esc = "\x1b";

/** https://sw.kovidgoyal.net/kitty/graphics-protocol: one picture, number 1, replaced when it comes again. */
function kitty(png: Uint8Array, columns: number, rows: number): string {
  const payload = Buffer.from(png).toString("base64");
  let text = "";
  for (let at = 0; at < payload.length; at += kittyChunk) {
    const more = at + kittyChunk < payload.length ? 1 : 0;
    const control = at === 0 ? `a=T,f=100,i=1,p=1,q=2,C=1,c=${columns},r=${rows},m=${more}` : `m=${more}`;
    text += `${esc}_G${control};${payload.slice(at, at + kittyChunk)}${esc}\\`;
  }
  return text;
}

/** https://iterm2.com/documentation-images.html */
function iterm(png: Uint8Array, columns: number, rows: number): string {
  const payload = Buffer.from(png).toString("base64");
  return `${esc}]1337;File=inline=1;size=${png.length};width=${columns};height=${rows};preserveAspectRatio=0:${payload}\x07`;
}

/** Number of the nearest colour in the 6×6×6 cube of 256-colour terminals. */
function cubeColour([r, g, b]: readonly [number, number, number]): number {
  const level = (x: number): number => (x < 48 ? 0 : x < 115 ? 1 : Math.trunc((x - 35) / 40));
  return 16 + 36 * level(r) + 6 * level(g) + level(b);
}

/** Two pixels a character: the upper half block in one colour on a ground of the other. */
function halfBlocks({ width, height, data }: Picture, bits: 8 | 24): string {
  const colour = (kind: 38 | 48, x: number, y: number): string => {
    const at = (y * width + x) * 3;
    const rgb = [data[at]!, data[at + 1]!, data[at + 2]!] as const;
    return bits === 24 ? `${kind};2;${rgb.join(";")}` : `${kind};5;${cubeColour(rgb)}`;
  };
  const lines = Array.from({ length: height / 2 }, (_, row) => {
    const cells = Array.from(
      { length: width },
      (_, x) => `${esc}[${colour(38, x, 2 * row)};${colour(48, x, 2 * row + 1)}m▀`,
    );
    return `${cells.join("")}${esc}[0m`;
  });
  return lines.join("\n");
}

/** Renders a picture for a window of that size, cells being twice as high as wide; undefined where it cannot be shown. */
export async function renderPreview(
  picture: Picture,
  protocol: Protocol,
  window: Window,
): Promise<Preview | undefined> {
  if (protocol === "none" || window.columns < 8 || window.rows < 4) return undefined;
  const scale = Math.min(window.columns / picture.width, (2 * window.rows) / picture.height);
  const columns = Math.max(1, Math.round(picture.width * scale));
  const rows = Math.max(1, Math.round((picture.height * scale) / 2));
  const rgb = flatten(picture);
  if (protocol === "colour24" || protocol === "colour8") {
    const small = resize(rgb, columns, 2 * rows, "box");
    return { rows, text: halfBlocks(small, protocol === "colour24" ? 24 : 8) };
  }
  const png = await encodePng(rgb, deflateSync);
  return { rows, text: protocol === "kitty" ? kitty(png, columns, rows) : iterm(png, columns, rows) };
}
