import { describe, expect, it } from "vitest";
import type { Picture } from "../../../runtime/host.ts";
import { Display } from "./display.ts";
import { duration } from "./duration.ts";

function screen(extra: { isTTY?: boolean; columns?: number; depth?: number; env?: Record<string, string> } = {}) {
  const { isTTY = false, columns = 60, depth = 24, env = {} } = extra;
  const written: string[] = [];
  const clock = { now: 0 };
  const out = { isTTY, columns, rows: 20, getColorDepth: () => depth, write: (text: string) => written.push(text) };
  return { written, clock, display: new Display(out, { env, now: () => clock.now }) };
}

const picture: Picture = { width: 4, height: 4, channels: 3, data: new Uint8Array(48).map((_, i) => i) };

describe("progress without a terminal", () => {
  it("is a line at first, every five seconds, and at last", () => {
    const { written, clock, display } = screen();
    for (let done = 0; done <= 20; done++) {
      clock.now = done * 1000;
      display.progress({ done, total: 20, label: "drawing", ...(done === 10 ? { detail: "loss 0.5" } : {}) });
    }
    display.finish();
    expect(written).toEqual([
      "drawing 0/20\n",
      "drawing 5/20, 15 s left\n",
      "drawing 10/20, loss 0.5, 10 s left\n",
      "drawing 15/20, 5.0 s left\n",
      "drawing 20/20, 20 s\n",
    ]);
  });

  it("has no escape sequences, and no picture", async () => {
    const { written, display } = screen({ env: { TERM_PROGRAM: "iTerm.app" } });
    await display.preview(picture);
    display.progress({ done: 1, total: 1, label: "drawing" });
    display.note("the prompt is too long");
    expect(written.join("")).toBe("drawing 1/1, 0.0 s\nthe prompt is too long\n");
    expect(display.showsPictures).toBe(false);
  });
});

describe("progress on a terminal", () => {
  it("redraws one line, at most every 80 ms", () => {
    const { written, clock, display } = screen({ isTTY: true });
    for (let done = 0; done <= 100; done++) {
      clock.now = done * 10;
      display.progress({ done, total: 100, label: "drawing" });
    }
    display.finish();
    expect(written).toHaveLength(1 + 12 + 1 + 1);
    expect(written[0]).toBe(`\r\x1b[K${"░".repeat(24)} drawing 0/100`);
    expect(written[7]).toBe(`\r\x1b[K${"█".repeat(13)}▌${"░".repeat(10)} drawing 56/100, 0.4 s left`);
    expect(written.slice(-2)).toEqual([`\r\x1b[K${"█".repeat(24)} drawing 100/100, 1.0 s`, "\n"]);
  });

  it("fits into narrow windows and begins a line for each piece of work", () => {
    const { written, display } = screen({ isTTY: true, columns: 20 });
    display.progress({ done: 1, total: 2, label: "drawing a picture" });
    display.progress({ done: 1, total: 2, label: "writing" });
    expect(written).toEqual(["\r\x1b[Kdrawing a picture 1", "\n", "\r\x1b[Kwriting 1/2"]);
  });

  it("keeps remarks above the bar", () => {
    const { written, display } = screen({ isTTY: true });
    display.progress({ done: 1, total: 2, label: "drawing" });
    display.note("remark");
    expect(written.at(-1)).toBe(`\r\x1b[Kremark\n${"█".repeat(12)}${"░".repeat(12)} drawing 1/2`);
  });

  it("shows plain lines on a dumb terminal", () => {
    const { written, display } = screen({ isTTY: true, env: { TERM: "dumb" } });
    display.progress({ done: 1, total: 2, label: "drawing" });
    expect(written).toEqual(["drawing 1/2\n"]);
  });
});

describe("preview", () => {
  it("takes the place of the one before, above the bar", async () => {
    const { written, display } = screen({ isTTY: true });
    display.progress({ done: 1, total: 2, label: "drawing" });
    await display.preview(picture);
    const first = written.at(-1)!;
    const rows = 17; // 20 rows of the window less 3
    expect(first.startsWith(`\r\x1b[J${"\n".repeat(rows)}\x1b[${rows}A\x1b7\x1b[38;2;`)).toBe(true);
    expect(first.split("\n")).toHaveLength(2 * rows);
    expect(first.endsWith(`\x1b8\x1b[${rows}B\r${"█".repeat(12)}${"░".repeat(12)} drawing 1/2`)).toBe(true);
    await display.preview(picture);
    expect(written.at(-1)!.startsWith(`\r\x1b[${rows}A\x1b[J`)).toBe(true);
  });

  it("is left alone where a terminal has few colours or none are wanted", async () => {
    for (const extra of [{ depth: 4 }, { env: { NO_COLOR: "1" } }]) {
      const { written, display } = screen({ isTTY: true, ...extra });
      await display.preview(picture);
      expect([written, display.showsPictures]).toEqual([[], false]);
    }
  });
});

it.each([
  [0, "0.0 s"],
  [0.84, "0.8 s"],
  [9.96, "10 s"],
  [99.4, "99 s"],
  [100, "2 min"],
  [3599, "1 h"],
  [4800, "1 h 20 min"],
] as const)("%d seconds are %s", (seconds, text) => expect(duration(seconds)).toBe(text));
