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

mkdirSync(join(folder, "pictures"));
for (let n = 0; n < 24; n++) {
  const data = Uint8Array.from({ length: 24 * 24 * 3 }, () => dice.int(256));
  writeFileSync(
    join(folder, `pictures/${n}.png`),
    await encodePicture({ width: 24, height: 24, channels: 3, data }, "png"),
  );
}

/** A run of the command; killed after so many milliseconds, by a signal that lets it save or one that does not. */
function train(out: string, kill?: { readonly after: number; readonly signal: NodeJS.Signals }): Promise<void> {
  const config = {
    model: tinyAutoencoder,
    data: { kind: "folder", folder: join(folder, "pictures"), size: 16, flip: true },
    ...{ batch: 4, steps: 600, lr: 1e-3, warmup: 50, schedule: "cosine", ema: 0.99, seed: 5 },
    ...{ out: join(folder, out), checkpointMinutes: 0.02 },
  };
  const file = join(folder, `${out}.json`);
  writeFileSync(file, JSON.stringify(config));
  const resume = existsSync(join(folder, out, state)) ? ["--resume"] : [];
  const child = spawn(process.execPath, [program, "train", "autoencoder", file, ...resume], { stdio: "pipe" });
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said += data.toString();
  });
  const timer = kill && setTimeout(() => child.kill(kill.signal), kill.after);
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0 || kill) resolve();
      else reject(new Error(said));
    });
  });
}

const stepOf = (out: string): number => {
  const bytes = readFileSync(join(folder, out, state));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE())));
  return Number(header.__metadata__.step);
};

try {
  const began = performance.now();
  await train("undisturbed");
  const whole = performance.now() - began;
  const seen: string[] = [];
  for (let n = 0; n < Number(kills); n++) {
    const signal = dice.chance(0.5) ? "SIGTERM" : "SIGKILL";
    await train("killed", { after: whole * dice.real(0.1, 0.5), signal });
    seen.push(`${signal} at step ${existsSync(join(folder, "killed", state)) ? stepOf("killed") : 0}`);
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
