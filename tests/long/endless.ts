// Whether endless play keeps up: a listener takes samples as fast as they are heard and finds a gap where none is there, and
// how much memory the program takes meanwhile: npx tsx tests/long/endless.ts [seconds] [--fast]. With --fast it takes all that
// comes, and `seconds` are of sound. When it is told to end, it says what was so far.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [wanted = "600", pace] = process.argv.slice(2);
const seconds = Number(wanted);
const program = fileURLToPath(new URL("../../bin/latentkit.js", import.meta.url));
const prompts = ["funk bassline with a jazzy saxophone", "--to", "techno with a synth lead", "--to", "church bells"];
const child = spawn(process.execPath, [program, "compose", ...prompts, "--seed", "1", "--endless"], {
  stdio: ["ignore", "pipe", "inherit"],
});

const header = 44;
/** Of 16-bit samples at 44,100 Hz. */
const bytesPerSecond = 2 * 44_100;
/** Sound that a player buffers before it begins. */
const buffered = 1;
const tick = 0.05;

const megabytes = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))![1]) / 1024;

const began = performance.now();
const now = (): number => (performance.now() - began) / 1000;
const gaps: { at: number; length: number }[] = [];
const memory: { at: number; megabytes: number }[] = [];
let [received, played] = [-header, 0];
let first: number | undefined;
let silentSince: number | undefined;

/** A part of a second of listening. */
function listen(): void {
  if (first === undefined) return;
  const available = received / bytesPerSecond - played;
  if (available >= tick) {
    if (silentSince !== undefined) gaps.push({ at: played, length: now() - silentSince });
    silentSince = undefined;
    played += pace === "--fast" ? available : Math.min(available, now() - first - played - silence());
  } else silentSince ??= now();
  if (played >= memory.length * 10) memory.push({ at: played, megabytes: megabytes() });
  // What a player does not take waits in the pipe, and the program with it.
  if (received / bytesPerSecond - played > 2) child.stdout.pause();
  else child.stdout.resume();
}

const silence = (): number => gaps.reduce((sum, { length }) => sum + length, 0);

child.stdout.on("data", (chunk: Buffer) => {
  received += chunk.length;
  if (first === undefined && received >= buffered * bytesPerSecond) first = now();
});
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    listen();
    if (played < seconds) return;
    clearInterval(timer);
    resolve();
  }, 1000 * tick);
  process.once("SIGTERM", resolve);
});
const took = now() - first!;
child.kill();

const settled = memory.slice(Math.ceil(memory.length / 5));
const half = Math.floor(settled.length / 2);
const most = (values: typeof memory): number => Math.max(...values.map(({ megabytes }) => megabytes));
console.log(`${played.toFixed(0)} s of sound in ${took.toFixed(0)} s (${(played / took).toFixed(2)}× real time)`);
const missed = `; ${gaps.length} gaps of ${silence().toFixed(1)} s together`;
console.log(`begins after ${first!.toFixed(1)} s${pace === "--fast" ? "" : missed}`);
console.log(
  `memory: ${memory[0]!.megabytes.toFixed(0)} MB at first, most ${most(settled.slice(0, half)).toFixed(0)} MB in the first half after the first fifth, ${most(settled.slice(half)).toFixed(0)} MB in the second`,
);
process.exit();
