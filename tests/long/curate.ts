// A site of pictures and captions, part of them broken, slow, huge, twice there or mismatched, is curated with models/pocket:
// how fast, where the time goes, how well similarity tells mismatched captions; then killed at random moments and compared
// with an undisturbed run: npx tsx tests/long/curate.ts [pairs] [kills] [pairs of the killed run] [seed]
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeRows } from "../../src/pipelines/curate/parquet.ts";
import type { CurateReport } from "../../src/pipelines/curate/report.ts";
import { random } from "../../src/training/data/random.ts";
import { curationSite, type Kind } from "./curation-site.ts";

const [count = 20_000, kills = 20, fewer = 2000, seed = 1] = process.argv.slice(2).map(Number);
const program = fileURLToPath(new URL("../../bin/latentkit.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "latentkit-curate-"));
const dice = random(seed, 1);
const site = await curationSite(count, seed);
console.log(`${count} pairs at ${site.origin}`);

const list = (name: string, most: number): string => {
  const path = join(folder, name);
  const rows = site.pairs
    .slice(0, most)
    .map(({ path: at, caption }) => JSON.stringify({ url: site.origin + at, caption }));
  writeFileSync(path, `${rows.join("\n")}\n`);
  return path;
};

/** A run of the command; killed after so many milliseconds. */
function curate(pairs: string, out: string, shardSize: number, kill?: number): Promise<boolean> {
  const args = ["curate", pairs, "--out", join(folder, out), "--allow-private", "--shard-size", String(shardSize)];
  const child = spawn(process.execPath, [program, ...args, "--size", "128", "--timeout", "10", "--retries", "1"]);
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said += data.toString();
  });
  const timer = kill === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), kill);
  return new Promise((resolve, reject) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0 || signal === "SIGKILL") resolve(code === 0);
      else reject(new Error(said));
    });
  });
}

const filesIn = (out: string, ending: string): string[] =>
  readdirSync(join(folder, out))
    .filter((name) => name.endsWith(ending))
    .sort();

async function rowsOf(out: string) {
  const files = filesIn(out, ".parquet").map((name) => new Uint8Array(readFileSync(join(folder, out, name))));
  return (await Promise.all(files.map((bytes) => decodeRows(bytes)))).flat();
}

/** Probability that a good pair is above a mismatched one. */
function areaUnderCurve(good: readonly number[], bad: readonly number[]): number {
  const sorted = [...bad].sort((a, b) => a - b);
  const below = (value: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return good.reduce((sum, value) => sum + below(value), 0) / (good.length * bad.length);
}

async function whole(): Promise<void> {
  const began = performance.now();
  await curate(list("all.jsonl", count), "all", 1000);
  const seconds = (performance.now() - began) / 1000;
  const report = JSON.parse(readFileSync(join(folder, "all/report.json"), "utf8")) as CurateReport;
  const { total, gathered, kept } = report;
  console.log(
    `${seconds.toFixed(1)} s with start and end: ${(count / seconds).toFixed(0)} pairs/s; in shards ${report.pairsPerSecond.toFixed(0)} pairs/s`,
  );
  console.log("seconds of work:", total.seconds);
  const before = Object.entries(gathered.dropped).map(([reason, dropped]) => `${dropped.count} ${reason}`);
  console.log(`left out before downloading: ${before.join(", ")}`);
  const listed = site.pairs.filter(({ kind }) => kind !== "same URL");
  const kindOf = new Map(listed.map(({ kind, path }) => [site.origin + path, kind]));
  const table = new Map<Kind, Map<string, number>>();
  const cosines: Record<"good" | "mismatched", number[]> = { good: [], mismatched: [] };
  for (const { url, status, error_message, similarity } of await rowsOf("all")) {
    const kind = kindOf.get(url)!;
    const said = error_message === null ? status : `${status}: ${error_message.replace(/ as \d+$/, "")}`;
    const row = table.get(kind) ?? new Map<string, number>();
    table.set(kind, row.set(said, (row.get(said) ?? 0) + 1));
    if (similarity !== null && (kind === "good" || kind === "mismatched")) cosines[kind].push(similarity);
  }
  for (const [kind, row] of table) console.log(`${kind}: ${Array.from(row, ([said, n]) => `${n} ${said}`).join(", ")}`);
  const mean = (values: readonly number[]): string => (values.reduce((a, b) => a + b, 0) / values.length).toFixed(3);
  console.log(
    `kept ${kept}; cosine of good pairs ${mean(cosines.good)}, of mismatched ones ${mean(cosines.mismatched)}; AUC ${areaUnderCurve(cosines.good, cosines.mismatched).toFixed(4)}`,
  );
}

async function killed(): Promise<boolean> {
  const pairs = list("fewer.jsonl", fewer);
  const began = performance.now();
  await curate(pairs, "undisturbed", 100);
  const undisturbed = performance.now() - began;
  let done = 0;
  let finished = false;
  // A run that is through before it is killed shows nothing: it begins anew.
  while (done < kills) {
    if (finished) rmSync(join(folder, "killed"), { recursive: true });
    finished = await curate(pairs, "killed", 100, undisturbed * dice.real(0.1, 0.6));
    if (!finished) done++;
  }
  if (!finished) await curate(pairs, "killed", 100);
  const [one, other] = [await rowsOf("undisturbed"), await rowsOf("killed")];
  const same = (ending: string): boolean =>
    filesIn("undisturbed", ending).every((name) => {
      const path = join(folder, "killed", name);
      return existsSync(path) && readFileSync(path).equals(readFileSync(join(folder, "undisturbed", name)));
    });
  const isSame =
    same(".tar") && same(".parquet") && filesIn("killed", ".tar").length === filesIn("undisturbed", ".tar").length;
  const keys = new Set(other.map(({ key }) => key));
  for (const [i, row] of one.entries())
    for (const [column, value] of Object.entries(row)) {
      const got: unknown = other[i]?.[column as keyof typeof row];
      if (String(value) !== String(got)) console.log(`${row.url}, ${column}: ${value} undisturbed, ${got} killed`);
    }
  console.log(
    `${done} kills of ${fewer} pairs: ${one.length} rows undisturbed, ${other.length} killed, ${keys.size} keys; archives and tables are ${isSame ? "the same to the byte" : "DIFFERENT"}`,
  );
  return isSame;
}

try {
  await whole();
  if (!(await killed())) process.exitCode = 1;
} finally {
  await site.close();
  rmSync(folder, { recursive: true });
}
