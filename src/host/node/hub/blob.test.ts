import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { clipConfig, HubWorld, indexBytes, random, unet, unetPath } from "../../../../tests/support/pulling.ts";
import { cachedModel } from "./cache.ts";
import { parseHubName } from "./name.ts";

const world = new HubWorld();

describe("a download that is disturbed", () => {
  it("goes on where the connection broke", async () => {
    world.fault = ({ at, path, before }) =>
      at === "store" && path === unetPath && before < 4 ? { cut: 10_000 } : undefined;
    const { path } = await world.pull();
    expect(readFileSync(join(path, "unet/diffusion_pytorch_model.safetensors"))).toEqual(Buffer.from(unet));
    expect(world.unetRanges()).toEqual([undefined, "bytes=10000-", "bytes=20000-", "bytes=30000-", "bytes=40000-"]);
  });

  it("goes on where an earlier process was stopped", async () => {
    mkdirSync(world.inRepo("blobs"), { recursive: true });
    writeFileSync(`${world.blob(unet)}.incomplete`, unet.subarray(0, 12_345));
    const { bytes, downloaded } = await world.pull();
    expect(downloaded).toBe(bytes - 12_345 - indexBytes);
    expect(world.unetRanges()).toEqual(["bytes=12345-"]);
    expect(readFileSync(world.blob(unet))).toEqual(Buffer.from(unet));
  });

  it.each([
    ["is of another file", random(9, 12_345), ["bytes=12345-", undefined]],
    ["is too long", random(9, 60_000), [undefined]],
    ["is whole already", unet, []],
  ])("notices when what was left %s", async (_, left, ranges) => {
    mkdirSync(world.inRepo("blobs"), { recursive: true });
    writeFileSync(`${world.blob(unet)}.incomplete`, left);
    await world.pull();
    expect(world.unetRanges()).toEqual(ranges);
    expect(readFileSync(world.blob(unet))).toEqual(Buffer.from(unet));
  });

  it("begins anew where the server knows no ranges", async () => {
    world.fault = ({ path, before }) =>
      path === unetPath ? (before === 0 ? { cut: 10_000 } : { whole: true }) : undefined;
    await world.pull();
    expect(readFileSync(world.blob(unet))).toEqual(Buffer.from(unet));
  });

  it("does not wait for a server that went silent, but tries again", async () => {
    world.fault = ({ path, before }) => (path === unetPath && before === 0 ? { silent: 5000 } : undefined);
    await world.pull("me/model", { silence: 1000 });
    expect(world.unetRanges().slice(0, 2)).toEqual([undefined, "bytes=5000-"]);
  });

  it("keeps no damaged file, and does not try for ever", async () => {
    world.fault = ({ path }) => (path === unetPath ? { damaged: true } : undefined);
    expect(await world.refusal()).toMatch(
      /^me\/model\/unet\/diffusion_pytorch_model.safetensors came from HOST with other contents than its hash [0-9a-f]{12}… says; try/,
    );
    expect(world.unetRanges()).toHaveLength(2);
    expect(existsSync(world.blob(unet))).toBe(false);
    expect(await cachedModel(parseHubName("me/model")!, world.settings)).toBeUndefined();
    world.fault = () => undefined;
    await world.pull();
    expect(readFileSync(world.blob(unet))).toEqual(Buffer.from(unet));
  });

  it("keeps what has arrived when it is stopped", async () => {
    world.fault = ({ path }) => (path === unetPath ? { slow: 20 } : undefined);
    const stop = new AbortController();
    const pulling = world.pull("me/model", { signal: stop.signal });
    const part = `${world.blob(unet)}.incomplete`;
    await vi.waitFor(() => expect(lstatSync(part).size).toBeGreaterThan(0), { timeout: 20_000 });
    stop.abort();
    await expect(pulling).rejects.toThrow("aborted");
    const { size } = lstatSync(part);
    expect(readdirSync(world.locks)).toEqual([]);
    world.fault = () => undefined;
    await world.pull();
    expect(world.unetRanges()).toEqual([undefined, `bytes=${size}-`]);
  });

  it("is done once by two processes at once", async () => {
    const [one, two] = await Promise.all([world.pull(), world.pull()]);
    expect(one.path).toBe(two.path);
    expect(world.unetRanges()).toHaveLength(1);
  });

  it.skipIf(process.platform !== "linux")("tells of a full disk, and keeps what has arrived", async () => {
    mkdirSync(world.inRepo("blobs"), { recursive: true });
    symlinkSync("/dev/full", `${world.blob(unet)}.incomplete`);
    expect(await world.refusal()).toBe(
      "cannot write FOLDER/hub/models--me--model: the disk is full; free some space and try again",
    );
    expect(readlinkSync(`${world.blob(unet)}.incomplete`)).toBe("/dev/full");
  });

  it("does not begin what the disk has no room for", async () => {
    world.fault = ({ path }) => (path.includes("/tree/") ? { size: 10 ** 15 } : undefined);
    world.repos["me/model"] = { "config.json": clipConfig, "model.safetensors": unet };
    expect(await world.refusal()).toMatch(
      /^me\/model needs 2000000\.0 GB more, but there are \d+\.\d GB free in FOLDER\/hub: free some space, or set HF_HOME/,
    );
    expect(world.hub.requests.filter(({ path }) => path.includes("/resolve/"))).toEqual([]);
  });
});
