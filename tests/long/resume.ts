// Kills a training at random moments, resumes it each time, and compares the result with an undisturbed run, byte for
// byte: npx tsx tests/long/resume.ts [kills] [seed]
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodePicture } from "../../src/host/node/picture.ts";
import { random } from "../../src/training/data/random.ts";
import { tinyAutoencoder } from "../support/tiny-autoencoder.ts";

const [kills = "10", seed = "1"] = process.argv.slice(2);
const dice = random(Number(seed));
const program = fileURLToPath(new URL("../../bin/latentkit.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "latentkit-resume-"));
const state = "training.safetensors";
const steps = 300;

mkdirSync(join(folder, "pictures"));
for (let n = 0; n < 24; n++) {
  const data = Uint8Array.from({ length: 24 * 24 * 3 }, () => dice.int(256));
  writeFileSync(
    join(folder, `pictures/${n}.png`),
    await encodePicture({ width: 24, height: 24, channels: 3, data }, "png"),
  );
}

/** Kills a run some milliseconds after it has saved a step, by a signal that lets it save once more or one that does not. */
interface Kill {
  readonly step: number;
  readonly after: number;
  readonly signal: NodeJS.Signals;
}

/** A run of the command. Fails where it fails, or where it ends before it could be killed. */
function train(out: string, kill?: Kill): Promise<void> {
  const config = {
    model: tinyAutoencoder,
    data: { kind: "folder", folder: join(folder, "pictures"), size: 16, flip: true },
    ...{ batch: 4, steps, lr: 1e-3, warmup: 50, schedule: "cosine", ema: 0.99, seed: 5 },
    ...{ out: join(folder, out), checkpointMinutes: 0.01 },
  };
  const file = join(folder, `${out}.json`);
  writeFileSync(file, JSON.stringify(config));
  const resume = existsSync(join(folder, out, state)) ? ["--resume"] : [];
  const child = spawn(process.execPath, [program, "train", "autoencoder", file, ...resume], { stdio: "pipe" });
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said += data.toString();
  });
  const watch =
    kill &&
    setInterval(() => {
      if (stepOf(out) < kill.step) return;
      clearInterval(watch);
      setTimeout(() => child.kill(kill.signal), kill.after);
    }, 10);
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      clearInterval(watch);
      if (kill ? stepOf(out) < steps : code === 0) resolve();
      else reject(new Error(kill ? `the run ended before it was killed at step ${kill.step}` : said));
    });
  });
}

/** The step that a run has saved; 0 before. */
const stepOf = (out: string): number => {
  if (!existsSync(join(folder, out, state))) return 0;
  const bytes = readFileSync(join(folder, out, state));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE())));
  return Number(header.__metadata__.step);
};

try {
  await train("undisturbed");
  const seen: string[] = [];
  for (let n = 0; n < Number(kills); n++) {
    const signal = dice.chance(0.5) ? "SIGTERM" : "SIGKILL";
    const step = Math.floor(((n + dice.real(0, 0.5)) * 0.8 * steps) / Number(kills));
    await train("killed", { step, after: dice.real(0, 60), signal });
    seen.push(`${signal} at step ${stepOf("killed")}`);
  }
  await train("killed");
  const files = [state, "diffusion_pytorch_model.safetensors"];
  // The config, and so the run's fingerprint in the header, is the same: the folder is not part of it.
  const same = files.every((file) =>
    readFileSync(join(folder, "killed", file)).equals(readFileSync(join(folder, "undisturbed", file))),
  );
  console.log(`${seen.join(", ")}; the result is ${same ? "the same to the byte" : "DIFFERENT"}`);
  process.exitCode = same ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
