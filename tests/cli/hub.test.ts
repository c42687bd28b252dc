import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { readPngText } from "../../src/image/png-text.ts";
import { cli } from "../support/cli.ts";
import { type HubServer, startHub } from "../support/hub-server.ts";
import { writeRandomModel } from "../support/tiny-model.ts";

let home: string;
let hub: HubServer;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "latentkit-home-"));
  const model = join(home, "model");
  await writeRandomModel(model);
  const paths = readdirSync(model, { recursive: true, encoding: "utf8" });
  const files = paths.filter((path) => statSync(join(model, path)).isFile());
  hub = await startHub({
    repos: { "me/tiny": Object.fromEntries(files.map((f) => [f, readFileSync(join(model, f))])) },
  });
});
afterAll(async () => {
  await hub.close();
  rmSync(home, { recursive: true });
});
beforeEach(() => {
  for (const name of [
    "HF_HOME",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "XDG_CACHE_HOME",
    "HF_TOKEN",
    "HF_HUB_OFFLINE",
  ])
    vi.stubEnv(name, "");
  vi.stubEnv("HOME", home);
  vi.stubEnv("HF_ENDPOINT", hub.url);
});
afterEach(() => vi.unstubAllEnvs());

const draw = async (file: string) => {
  const args = ["generate", "a bear", "--model", "me/tiny", "--steps", "2", "--seed", "7", "-o", join(home, file)];
  const ran = await cli(args);
  return { ...ran, picture: ran.code === 0 ? readFileSync(join(home, file)) : new Uint8Array() };
};

it("draws with a model of the hub: pulled the first time, then without a request", async () => {
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  expect((await draw("none.png")).stderr).toContain("me/tiny cannot be pulled while HF_HUB_OFFLINE is set");
  expect(hub.requests).toEqual([]);

  vi.stubEnv("HF_HUB_OFFLINE", "");
  const first = await draw("first.png");
  expect(first.code).toBe(0);
  expect(first.stderr).toMatch(/^pulling me\/tiny 0 B of [\d.]+ kB\n/);
  expect(readPngText(first.picture, "first.png").get("parameters")).toContain("Model: me/tiny,");

  hub.requests.length = 0;
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  const second = await draw("second.png");
  expect(second.picture).toEqual(first.picture);
  expect(hub.requests).toEqual([]);

  const { models } = JSON.parse((await cli(["list", "--json"])).stdout);
  expect(models.map(({ name, whole }: { name: string; whole: boolean }) => [name, whole])).toEqual([
    ["pocket", true],
    ["me/tiny", true],
  ]);
});

it("pulls, tells what it brought, and explains what it cannot", async () => {
  vi.stubEnv("HF_HOME", join(home, "other"));
  const { code, stdout } = await cli(["pull", "me/tiny", "--revision", "v1", "--json"]);
  const { name, commit, bytes, downloaded, path } = JSON.parse(stdout);
  expect([code, name, commit]).toEqual([0, "me/tiny@v1", hub.commit("me/tiny")]);
  expect(downloaded).toBeGreaterThan(0);
  expect(bytes).toBeGreaterThan(downloaded);
  expect(path).toBe(join(home, "other/hub/models--me--tiny/snapshots", commit));
  expect(await cli(["pull", "tiny"])).toMatchObject({
    code: 2,
    stderr: "latentkit pull: tiny is no name of the hub: write owner/name, or owner/name/file.safetensors\n",
  });
  expect((await cli(["pull", "me/tiny", "--revision", "../x"])).stderr).toContain("--revision ../x is not the name of");
  expect((await cli(["inspect", "tests/nothing"])).stderr).toContain("there is no tests/nothing in the folder tests");
});
