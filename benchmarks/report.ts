import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { nodeHost } from "../src/host/node.ts";
import { better, Floor, floorOf, type Peaks } from "../src/pipelines/bench/floor.ts";
import type { Runner } from "../src/pipelines/bench/runner.ts";

/** A case by name, opened when its turn comes, so that memory holds one at a time. */
export interface Benchmark {
  readonly name: string;
  /** Pictures, or whatever else is counted a second, in one run. */
  readonly items?: number;
  open(): Promise<Runner>;
}

interface Result {
  readonly name: string;
  readonly milliseconds: number;
  readonly gigaflops: number;
  /** The floor's time over the run's: 1 is as fast as this machine's best product and convolution. */
  readonly share: number;
  readonly itemsPerSecond?: number;
}

const rounds = 5;
const warmUps = 2;

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Floor and case in turn, so that what else the machine does falls on both; the median of the rounds. */
async function measure(floor: Floor, { name, items, open }: Benchmark): Promise<Result> {
  const runner = await open();
  try {
    for (let i = 0; i < warmUps; i++) await runner.time();
    const times: number[] = [];
    const shares: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const peaks = await floor.measure();
      const time = await runner.time();
      times.push(time);
      shares.push(floorOf(runner.cost, peaks) / time);
    }
    const time = median(times);
    return {
      name,
      milliseconds: time * 1000,
      gigaflops: (runner.cost.products + runner.cost.convolutions) / 1e9,
      share: median(shares),
      ...(items !== undefined && { itemsPerSecond: items / time }),
    };
  } finally {
    await runner.close();
  }
}

export const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

const head = ["what", "ms", "GFLOP", "GFLOP/s", "a second", "of floor"];

const rowsOf = (results: readonly Result[]): string[][] =>
  results.map(({ name, milliseconds, gigaflops, share, itemsPerSecond }) => {
    const work = gigaflops > 0 ? [digits(gigaflops), digits((gigaflops * 1000) / milliseconds)] : ["", ""];
    const items = itemsPerSecond === undefined ? "" : digits(itemsPerSecond);
    return [name, digits(milliseconds), ...work, items, share.toFixed(2)];
  });

function markdown(head: readonly string[], rows: readonly (readonly string[])[], origin: readonly string[]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |`;
  const rule = line(widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)));
  return `${[...origin, "", line(head), rule, ...rows.map(line)].join("\n")}\n`;
}

function origin(peaks: Peaks): { commit: string; machine: string; engine: string; node: string; peaks: Peaks } {
  const git = (...args: string[]): string => execFileSync("git", args, { encoding: "utf8" }).trim();
  const engine = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
  const { version } = JSON.parse(readFileSync(engine, "utf8")) as { version: string };
  return {
    commit: git("rev-parse", "--short", "HEAD"),
    machine: `${cpus().length} × ${cpus()[0]!.model.trim()}`,
    engine: `onnxruntime-node ${version}`,
    node: process.version,
    peaks,
  };
}

/** Measures one benchmark after the other; prints a table, and keeps it with its origin in `results`. */
export async function report(name: string, benchmarks: readonly Benchmark[]): Promise<void> {
  const floor = await Floor.open(nodeHost());
  await floor.measure();
  const results: Result[] = [];
  const peaks: Peaks[] = [];
  for (const benchmark of benchmarks) {
    peaks.push(await floor.measure());
    results.push(await measure(floor, benchmark));
    process.stderr.write(`${benchmark.name}\n`);
  }
  await floor.close();
  keep(name, peaks.reduce(better), head, rowsOf(results), { results });
}

/** Prints a table, and keeps it and the figures with their origin in `results`. */
export function keep(
  name: string,
  peaks: Peaks,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  figures: object,
): void {
  const best = origin(peaks);
  const { products, convolutions, bytes } = peaks;
  const table = markdown(head, rows, [
    `${best.machine}, ${best.engine}, Node ${best.node}, commit ${best.commit}`,
    "",
    `peaks: matmul 1024³ ${digits(products / 1e9)} GFLOP/s, conv 3×3 320→320 at 64×64 ` +
      `${digits(convolutions / 1e9)} GFLOP/s, x + 1 of 8 MiB ${digits(bytes / 1e9)} GB/s`,
  ]);
  const folder = fileURLToPath(new URL("results/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${name}.md`, table);
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify({ ...best, ...figures }, null, 2)}\n`);
  process.stdout.write(table);
}
