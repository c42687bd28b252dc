// Makes one data set in one process, by two workers and by four of which one is killed, all on one PostgreSQL, and compares
// what came out, byte for byte: npx tsx tests/long/workers.ts [pairs]
// PostgreSQL's programs are looked for in PATH and in /usr/lib/postgresql.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { random } from "../../src/training/data/random.ts";
import { writeRandomModel } from "../support/tiny-model.ts";

const count = Number(process.argv[2] ?? 600);
const shardSize = 40;
const program = fileURLToPath(new URL("../../bin/latentkit.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "latentkit-workers-"));
const [port, user] = ["54331", "latentkit"];
const database = `postgres://${user}@127.0.0.1:${port}/postgres`;

/** PostgreSQL refuses to be the superuser's. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql").sort() : [];
const binaries = versions.length > 0 ? `/usr/lib/postgresql/${versions.at(-1)}/bin/` : "";
const postgres = (name: string, ...args: string[]): Buffer =>
  execFileSync(`${binaries}${name}`, ["-D", join(folder, "postgres/data"), ...args], { ...nobody, cwd: "/" });

/** Pictures of noise, every tenth one that was there before; some are slow, some missing. */
async function site() {
  const dice = random(1);
  const pictures: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const data = Uint8Array.from({ length: 12 * 12 * 3 }, () => dice.int(256));
    const noise = sharp(data, { raw: { width: 12, height: 12, channels: 3 } }).resize(48, 48, { kernel: "cubic" });
    pictures.push(i % 10 === 9 ? pictures[dice.int(i)]! : await noise.png().toBuffer());
  }
  const server = createServer(async ({ url = "" }, response) => {
    const i = Number(url.slice(1, -4));
    await sleep(i % 50 === 7 ? 1500 : 100 + (i % 13) * 50);
    if (i % 17 === 5) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "image/png" }).end(pictures[i]);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const rows = Array.from({ length: count }, (_, i) => `http://127.0.0.1:${port}/${i}.png,a picture of the thing ${i}`);
  writeFileSync(join(folder, "pairs.csv"), `url,caption\n${rows.join("\n")}\n`);
  return server;
}

const children = new Set<ChildProcess>();

function latentkit(...args: string[]): { readonly child: ChildProcess; readonly done: Promise<string> } {
  const child = spawn(process.execPath, [program, ...args], { stdio: "pipe" });
  children.add(child);
  let said = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (data: Buffer) => (said += data.toString()));
  const done = new Promise<string>((resolve, reject) =>
    child.on("close", (code, signal) => {
      children.delete(child);
      if (code === 0 || code === 130 || signal !== null) resolve(said);
      else reject(new Error(said));
    }),
  );
  return { child, done };
}

const curate = (out: string, ...more: string[]) =>
  latentkit(
    ...["curate", join(folder, "pairs.csv"), "--out", join(folder, out), "--model", join(folder, "tiny")],
    ...["--shard-size", String(shardSize), "--min-similarity", "-1", "--allow-private", "--in-flight", "8", ...more],
  ).done;

/** Digests of shards, rows and the counts in the report. */
function outcome(out: string): string {
  const digest = createHash("sha256");
  const names = readdirSync(join(folder, out)).filter((name) => /\.(tar|parquet)$/.test(name));
  for (const name of names.sort()) digest.update(name).update(readFileSync(join(folder, out, name)));
  const { kept, total } = JSON.parse(readFileSync(join(folder, out, "report.json"), "utf8"));
  return `${kept} pairs in ${names.length / 2} shards, ${JSON.stringify(total.status_dict ?? {})} ${digest.digest("hex").slice(0, 16)}`;
}

/** Workers make a data set; the last is killed once it has begun. Seconds that it took. */
async function shared(out: string, workers: number, kill: boolean): Promise<number> {
  const all = Array.from({ length: workers }, () => latentkit("worker", "--database", database));
  const began = performance.now();
  const made = curate(out, "--database", database, "--workers-only");
  if (kill) {
    const isHalf = () => readdirSync(join(folder, out)).filter((name) => name.endsWith("_stats.json")).length >= 4;
    while (!existsSync(join(folder, out)) || !isHalf()) await sleep(100);
    all.at(-1)!.child.kill("SIGKILL");
  }
  await made;
  const seconds = (performance.now() - began) / 1000;
  for (const { child } of all) child.kill("SIGTERM");
  const said = await Promise.all(all.map(({ done }) => done));
  console.log(
    `${out}: ${seconds.toFixed(1)} s, shards made by each: ${said.map((text) => text.match(/: kept/g)?.length ?? 0)}`,
  );
  return seconds;
}

const server = await site();
try {
  await writeRandomModel(join(folder, "tiny"));
  mkdirSync(join(folder, "postgres"));
  if (nobody.uid !== undefined)
    for (const path of [folder, join(folder, "postgres")]) chownSync(path, nobody.uid, nobody.gid);
  postgres("initdb", "-U", user, "-A", "trust");
  postgres(
    "pg_ctl",
    "-l",
    join(folder, "postgres/log"),
    "-o",
    `-p ${port} -k ${join(folder, "postgres")}`,
    "-w",
    "start",
  );
  const began = performance.now();
  await curate("alone");
  console.log(`alone: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await shared("two", 2, false);
  await shared("four", 4, true);
  const [alone, ...others] = ["alone", "two", "four"].map(outcome);
  console.log(alone);
  const same = others.every((other) => other === alone);
  console.log(same ? "workers made the same, to the byte" : `DIFFERENT: ${others.join("; ")}`);
  process.exitCode = same ? 0 : 1;
} finally {
  for (const child of children) child.kill("SIGKILL");
  server.close();
  postgres("pg_ctl", "-m", "immediate", "stop");
  rmSync(folder, { recursive: true, force: true });
}
