import type { Picture } from "../../../runtime/host.ts";
import { scaled } from "../table.ts";
import { duration } from "./duration.ts";
import { detectProtocol, type Environment, type Protocol, renderPreview } from "./preview.ts";

/** The part of `process.stderr` that is used. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  getColorDepth?(env?: object): number;
}

/** How far a piece of work is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is being done: `drawing`. */
  readonly label: string;
  /** What is counted, where it is not steps. */
  readonly unit?: "B";
  /** Figures to show beside: `loss 0.31`. */
  readonly detail?: string;
}

export interface DisplayOptions {
  readonly env?: Environment;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** Milliseconds between updates of a bar, and between plain lines. */
const barInterval = 80;
const lineInterval = 5000;

const barWidth = 24;

/** Widest preview, in characters. */
const widest = 64;

function bar(fraction: number): string {
  const eighths = Math.round(fraction * barWidth * 8);
  const full = Math.floor(eighths / 8);
  const part = eighths % 8 === 0 ? "" : String.fromCharCode(0x2590 - (eighths % 8));
  return `${"█".repeat(full)}${part}`.padEnd(barWidth, "░");
}

/**
 * What people see on standard error while a command runs. On a terminal a picture and a bar that stay in place at the
 * bottom, elsewhere a plain line every few seconds.
 */
export class Display {
  readonly #out: Output;
  readonly #now: () => number;
  readonly #live: boolean;
  readonly #protocol: Protocol;
  #label = "";
  #began = { at: 0, done: 0 };
  #shown = Number.NEGATIVE_INFINITY;
  /** Lines that the picture above the bar takes, and whether a bar is there. */
  #pictureRows = 0;
  #bar = "";

  constructor(out: Output, { env = {}, now = () => performance.now() }: DisplayOptions = {}) {
    this.#out = out;
    this.#now = now;
    this.#live = out.isTTY === true && env.TERM !== "dumb";
    this.#protocol = this.#live ? detectProtocol(env, out.getColorDepth?.(env) ?? 1) : "none";
  }

  /** Whether `preview` shows anything; decoding pictures for it can be spared otherwise. */
  get showsPictures(): boolean {
    return this.#protocol !== "none";
  }

  /** Tells how far the work is; a new label begins a new piece of work. */
  progress(progress: Progress): void {
    const { done, total, label } = progress;
    const now = this.#now();
    const first = label !== this.#label;
    if (first) {
      this.#finishBar();
      this.#label = label;
      this.#began = { at: now, done };
    }
    const interval = this.#live ? barInterval : lineInterval;
    if (!first && done < total && now - this.#shown < interval) return;
    this.#shown = now;
    const line = this.#line(progress, now);
    if (!this.#live) this.#out.write(`${line}\n`);
    else this.#replaceBar(line);
  }

  /** Shows a picture in the place of the one before. */
  async preview(picture: Picture): Promise<void> {
    const columns = Math.min((this.#out.columns ?? 80) - 1, widest);
    const preview = await renderPreview(picture, this.#protocol, { columns, rows: (this.#out.rows ?? 24) - 3 });
    if (!preview) return;
    const { rows, text } = preview;
    const up = this.#pictureRows > 0 ? `\x1b[${this.#pictureRows}A` : "";
    // Room first, so that the window scrolls before the place is remembered.
    const room = `${"\n".repeat(rows)}\x1b[${rows}A`;
    this.#out.write(`\r${up}\x1b[J${room}\x1b7${text}\x1b8\x1b[${rows}B\r${this.#bar}`);
    this.#pictureRows = rows;
  }

  /** A remark that stays; the picture above it stays too. */
  note(line: string): void {
    this.#out.write(this.#bar ? `\r\x1b[K${line}\n${this.#bar}` : `${line}\n`);
    this.#pictureRows = 0;
  }

  /** Leaves what is shown as it is, the cursor on a line of its own. */
  finish(): void {
    this.#finishBar();
    this.#label = "";
  }

  #line({ done, total, label, unit, detail }: Progress, now: number): string {
    const { at, done: from } = this.#began;
    const left = done > from && done < total ? ((now - at) / (done - from)) * (total - done) : undefined;
    const parts = [
      unit ? `${label} ${scaled(done, unit)} of ${scaled(total, unit)}` : `${label} ${Math.floor(done)}/${total}`,
      ...(detail ? [detail] : []),
      ...(left === undefined ? [] : [`${duration(left / 1000)} left`]),
      ...(done >= total ? [duration((now - at) / 1000)] : []),
    ];
    const text = parts.join(", ");
    if (!this.#live) return text;
    const columns = (this.#out.columns ?? 80) - 1;
    const drawn = `${bar(total > 0 ? Math.min(1, done / total) : 1)} `;
    return drawn.length + text.length <= columns ? drawn + text : text.slice(0, columns);
  }

  #replaceBar(line: string): void {
    this.#bar = line;
    this.#out.write(`\r\x1b[K${line}`);
  }

  #finishBar(): void {
    if (this.#bar) this.#out.write("\n");
    this.#bar = "";
    this.#pictureRows = 0;
  }
}
