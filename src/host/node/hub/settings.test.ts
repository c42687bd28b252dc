import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hubSettings } from "./settings.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "latentkit-home-"));
});
afterAll(() => rmSync(home, { recursive: true }));

describe("hubSettings", () => {
  it.each([
    [{}, "HOME/.cache/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/x", HF_HOME: "/hf" }, "/hf/hub"],
    [{ HF_HOME: "~/hf" }, "HOME/hf/hub"],
    [{ HF_HOME: "/hf", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
    [{ HF_HOME: "/hf", HUGGINGFACE_HUB_CACHE: "/old", HF_HUB_CACHE: "/new" }, "/new"],
    [{ HF_HOME: "", HF_HUB_CACHE: "" }, "HOME/.cache/huggingface/hub"],
  ])("with %j keeps models in %s", (env, cache) => {
    expect(hubSettings({ HOME: home, ...env }).cache).toBe(cache.replace("HOME", home));
  });

  it("finds the token where Python's client does", () => {
    expect(hubSettings({ HOME: home }).token).toBeUndefined();
    mkdirSync(join(home, ".cache/huggingface"), { recursive: true });
    writeFileSync(join(home, ".cache/huggingface/token"), "hf_login\n");
    writeFileSync(join(home, "other"), " hf_other ");
    expect(hubSettings({ HOME: home }).token).toBe("hf_login");
    expect(hubSettings({ HOME: home, HF_HOME: "/nowhere" }).token).toBeUndefined();
    expect(hubSettings({ HOME: home, HF_TOKEN_PATH: "~/other" }).token).toBe("hf_other");
    expect(hubSettings({ HOME: home, HUGGING_FACE_HUB_TOKEN: "hf_old" }).token).toBe("hf_old");
    expect(hubSettings({ HOME: home, HUGGING_FACE_HUB_TOKEN: "hf_old", HF_TOKEN: "hf_new\n" }).token).toBe("hf_new");
  });

  it("takes a mirror, and refuses what is none", () => {
    expect(hubSettings({ HOME: home }).endpoint).toBe("https://huggingface.co");
    expect(hubSettings({ HOME: home, HF_ENDPOINT: "https://mirror.org/hf/" }).endpoint).toBe("https://mirror.org/hf");
    expect(() => hubSettings({ HF_ENDPOINT: "mirror.org" })).toThrow(
      'HF_ENDPOINT is "mirror.org", but must be an address such as https://huggingface.co',
    );
  });

  it.each([
    [{ HF_HUB_OFFLINE: "1" }, true],
    [{ TRANSFORMERS_OFFLINE: "True" }, true],
    [{ HF_HUB_OFFLINE: "0" }, false],
    [{}, false],
  ])("with %j is offline: %s", (env, offline) => {
    expect(hubSettings({ HOME: home, ...env }).offline).toBe(offline);
  });
});
