import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitHash, type HubFiles, type Request } from "../../../../tests/support/hub-server.ts";
import { clipConfig, diffusion, HubWorld, indexBytes, random, unet } from "../../../../tests/support/pulling.ts";
import { cachedModel } from "./cache.ts";
import { listModels } from "./list.ts";
import { parseHubName } from "./name.ts";

const world = new HubWorld();

describe("pull", () => {
  it("keeps what a model needs as Python's client does", async () => {
    const commit = world.hub.commit("me/model");
    const { path, files, bytes, downloaded } = await world.pull();
    expect(path).toBe(world.inRepo("snapshots", commit));
    expect(readFileSync(world.inRepo("refs", "main"), "utf8")).toBe(commit);
    expect(files).toHaveLength(10);
    expect(downloaded).toBe(bytes - indexBytes);
    expect(world.seen.at(-1)).toEqual({ done: bytes, total: bytes });
    for (const file of files) expect(readFileSync(join(path, file))).toEqual(Buffer.from(diffusion[file]!));
    expect(readlinkSync(join(path, "unet/config.json"))).toBe(`../../../blobs/${gitHash('{"a": 1}')}`);
    expect(readlinkSync(join(path, "model_index.json"))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(lstatSync(world.blob(unet)).isFile()).toBe(true);
    const names = readdirSync(path, { recursive: true, encoding: "utf8" });
    expect(names.filter((name) => /safety|README|\.bin|\.\d+$/.test(name))).toEqual([]);
    expect(readdirSync(world.inRepo("blobs")).filter((name) => !/^[0-9a-f]+$/.test(name))).toEqual([]);
    expect(readdirSync(world.locks)).toEqual([]);
  });

  it("gives the token to the hub alone, not to where it redirects", async () => {
    await world.pull();
    const keys = (at: Request["at"]) =>
      new Set(world.hub.requests.filter((r) => r.at === at).map((r) => r.authorization));
    expect(keys("hub")).toEqual(new Set(["Bearer hf_secret"]));
    expect(keys("store")).toEqual(new Set([undefined]));
  });

  it("downloads nothing twice, and only what a newer commit changed", async () => {
    await world.pull();
    world.hub.requests.length = 0;
    expect((await world.pull()).downloaded).toBe(0);
    expect(world.hub.requests.filter(({ at, path }) => at === "store" || path.includes("/resolve/"))).toEqual([]);
    const before = await cachedModel(parseHubName("me/model")!, world.settings);
    world.repos["me/model"] = { ...diffusion, "vae/config.json": '{"newer": true}' };
    const { path, downloaded } = await world.pull();
    expect([downloaded, path === before]).toEqual([15, false]);
    expect(readFileSync(join(path, "vae/config.json"), "utf8")).toBe('{"newer": true}');
    expect(readFileSync(join(before!, "vae/config.json"), "utf8")).toBe("{}");
    expect(await cachedModel(parseHubName("me/model")!, world.settings)).toBe(path);
  });

  it("keeps revisions apart", async () => {
    const { path, commit } = await world.pull("me/model@v1");
    expect(await cachedModel(parseHubName("me/model")!, world.settings)).toBeUndefined();
    expect(await cachedModel(parseHubName("me/model@v1")!, world.settings)).toBe(path);
    expect(await cachedModel(parseHubName(`me/model@${commit}`)!, world.settings)).toBe(path);
  });

  it("takes one file, by its name or as the only one", async () => {
    world.repos["me/model"] = { "a.safetensors": unet, "notes.txt": "hello" };
    const { path } = await world.pull();
    expect(path).toBe(world.inRepo("snapshots", world.hub.commit("me/model"), "a.safetensors"));
    expect(await cachedModel(parseHubName("me/model")!, world.settings)).toBe(path);
    world.repos["me/model"] = { ...diffusion, "deep/b.ckpt": "pickle" };
    const file = await world.pull("me/model/deep/b.ckpt");
    expect(file.files).toEqual(["deep/b.ckpt"]);
    expect(await cachedModel(parseHubName("me/model/deep/b.ckpt")!, world.settings)).toBe(file.path);
    expect(await world.refusal("me/model/c.ckpt")).toBe("me/model has no file c.ckpt");
  });

  it("takes the tokenizer with a checkpoint, or alone", async () => {
    const { path } = await world.pull("me/model", { only: "tokenizer" });
    expect(path).toBe(world.inRepo("snapshots", world.hub.commit("me/model"), "tokenizer"));
    expect(readdirSync(path)).toEqual(["merges.txt", "vocab.json"]);
    expect(await cachedModel(parseHubName("me/model")!, world.settings, { only: "tokenizer" })).toBe(path);
    expect(await cachedModel(parseHubName("me/model")!, world.settings)).toBeUndefined();
    world.repos["me/model"] = { "a.safetensors": unet, "merges.txt": "#", "vocab.json": "{}", "notes.txt": "hello" };
    const { files } = await world.pull("me/model/a.safetensors");
    expect(files).toEqual(["a.safetensors", "vocab.json", "merges.txt"]);
    world.repos["me/model"] = { "a.safetensors": unet };
    expect(await world.refusal("me/model", { only: "tokenizer" })).toBe(
      "me/model has no tokenizer of CLIP's: no vocab.json and merges.txt",
    );
  });
});

describe("listModels", () => {
  it("shows what is there, whole or in part", async () => {
    world.repos["you/clip"] = { "config.json": clipConfig, "model.safetensors": random(7, 1000) };
    world.repos["you/files"] = { "a.safetensors": random(8, 2000) };
    await world.pull();
    await world.pull("you/clip@v1");
    await world.pull("you/files/a.safetensors");
    const llama = join(world.settings.cache, "models--you--llama/snapshots", world.hub.commit("me/model"));
    mkdirSync(llama, { recursive: true });
    writeFileSync(join(llama, "config.json"), '{"model_type": "llama"}');
    const shown = async () =>
      (await listModels(world.settings)).map(({ name, kind, bytes, whole }) => [name, kind, bytes, whole]);
    const whole = [
      ["me/model", "diffusion", seenBytes(diffusion), true],
      ["you/clip@v1", "CLIP", clipConfig.length + 1000, true],
      ["you/files/a.safetensors", "checkpoint", 2000, true],
    ];
    expect(await shown()).toEqual(whole);
    rmSync(world.blob(unet));
    expect((await shown())[0]).toEqual(["me/model", "diffusion", seenBytes(diffusion) - unet.length, false]);
    expect(await listModels({ ...world.settings, cache: join(world.folder, "nothing") })).toEqual([]);
  });
});

/** Bytes of a model's files that are needed. */
const seenBytes = (files: HubFiles): number =>
  Object.entries(files)
    .filter(([path]) => !/README|safety|\.bin$/.test(path))
    .reduce((sum, [, data]) => sum + data.length, 0);
