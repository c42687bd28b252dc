import { describe, expect, it } from "vitest";
import { decodePicture } from "../../../host/node/picture.ts";
import type { Picture } from "../../../runtime/host.ts";
import { detectProtocol, renderPreview } from "./preview.ts";

const window = { columns: 64, rows: 32 };
/** Pixels of a linear congruential generator: nothing that deflate could shorten. */
function noise(width: number, height: number): Picture {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  return { width, height, channels: 3, data: Uint8Array.from({ length: width * height * 3 }, next) };
}

describe("detectProtocol", () => {
  it.each([
    [{ TERM: "xterm-kitty" }, 24, "kitty"],
    [{ KITTY_WINDOW_ID: "1" }, 24, "kitty"],
    [{ TERM_PROGRAM: "ghostty" }, 24, "kitty"],
    [{ TERM_PROGRAM: "iTerm.app" }, 24, "iterm"],
    [{ LC_TERMINAL: "iTerm2" }, 24, "iterm"],
    [{ TERM_PROGRAM: "WezTerm" }, 24, "iterm"],
    [{ TERM_PROGRAM: "iTerm.app", TMUX: "/tmp/tmux" }, 8, "colour8"],
    [{ TERM: "xterm-256color" }, 8, "colour8"],
    [{ COLORTERM: "truecolor" }, 24, "colour24"],
    [{ TERM: "linux" }, 4, "none"],
    [{ TERM: "xterm-kitty", NO_COLOR: "1" }, 24, "none"],
    [{ TERM: "dumb" }, 24, "none"],
  ] as const)("%j with %d bits is %s", (env, depth, protocol) => expect(detectProtocol(env, depth)).toBe(protocol));
});

describe("renderPreview", () => {
  it("puts two pixels into a half block", async () => {
    const picture: Picture = {
      width: 8,
      height: 2,
      channels: 3,
      data: new Uint8Array(48).fill(9, 0, 24).fill(200, 24),
    };
    const preview = await renderPreview(picture, "colour24", { columns: 8, rows: 4 });
    expect(preview).toEqual({ rows: 1, text: `${"\x1b[38;2;9;9;9;48;2;200;200;200m▀".repeat(8)}\x1b[0m` });
    const coarse = await renderPreview(picture, "colour8", { columns: 8, rows: 4 });
    expect(coarse?.text).toBe(`${"\x1b[38;5;16;48;5;188m▀".repeat(8)}\x1b[0m`);
  });

  it.each([
    [128, 128, 32],
    [256, 128, 16],
    [64, 256, 32],
    [1000, 1, 1],
  ])("fits %dx%d into the window", async (width, height, rows) => {
    const preview = await renderPreview(noise(width, height), "colour24", window);
    const lines = preview!.text.split("\n");
    expect([preview!.rows, lines.length]).toEqual([rows, rows]);
    const columns = lines.map((line) => line.split("▀").length - 1);
    expect(Math.max(...columns)).toBeLessThanOrEqual(64);
    expect(new Set(columns).size).toBe(1);
  });

  const visible = (text: string): string => text.replaceAll("\x1b", "ESC").replaceAll("\x07", "BEL");

  it("hands kitty a PNG in pieces of 4096 characters", async () => {
    const picture = noise(96, 96);
    const { text, rows } = (await renderPreview(picture, "kitty", window))!;
    const commands = [...visible(text).matchAll(/ESC_G([^;]*);(.*?)ESC\\/g)];
    expect(commands.map(([whole]) => whole).join("")).toBe(visible(text));
    expect(commands[0]![1]).toBe("a=T,f=100,i=1,p=1,q=2,C=1,c=64,r=32,m=1");
    expect(commands.at(-1)![1]).toBe("m=0");
    const pieces = commands.map(([, , piece]) => piece!);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBe(4096);
    expect(await decodePicture(Buffer.from(pieces.join(""), "base64"), "preview")).toEqual(picture);
    expect(rows).toBe(32);
  });

  it("hands iTerm2 a PNG and its size", async () => {
    const picture = noise(16, 8);
    const { text } = (await renderPreview(picture, "iterm", window))!;
    const [, size, base64] =
      /^ESC]1337;File=inline=1;size=(\d+);width=64;height=16;preserveAspectRatio=0:(.+)BEL$/.exec(visible(text))!;
    const png = Buffer.from(base64!, "base64");
    expect(Number(size)).toBe(png.length);
    expect(await decodePicture(png, "preview")).toEqual(picture);
  });

  it("shows nothing in a window of a few characters", async () => {
    expect(await renderPreview(noise(8, 8), "colour24", { columns: 5, rows: 30 })).toBeUndefined();
    expect(await renderPreview(noise(8, 8), "none", window)).toBeUndefined();
  });
});
