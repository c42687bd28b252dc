import { describe, expect, it } from "vitest";
import { hubNameText, parseHubName } from "./name.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";

describe("parseHubName", () => {
  it.each([
    ["openai/clip-vit-base-patch32", { repo: "openai/clip-vit-base-patch32", revision: "main" }],
    ["a/b.c_d@v1.2", { repo: "a/b.c_d", revision: "v1.2" }],
    [`a/b@${commit}`, { repo: "a/b", revision: commit }],
    ["a/b@refs/pr/7", { repo: "a/b", revision: "refs/pr/7" }],
    ["a/b/c.safetensors", { repo: "a/b", revision: "main", file: "c.safetensors" }],
    ["a/b@v1/c/d-e.ckpt", { repo: "a/b", revision: "v1", file: "c/d-e.ckpt" }],
    ["a/b@refs/pr/7/c.bin", { repo: "a/b", revision: "refs/pr/7", file: "c.bin" }],
  ])("reads %s, and writes it so again", (text, name) => {
    expect(parseHubName(text)).toEqual(name);
    expect(hubNameText(name)).toBe(text);
  });

  it.each([
    "pocket",
    "./a/b",
    "../a/b",
    "/a/b",
    "a/b/",
    "a/b/c",
    "a/../b",
    "a/..",
    "a--b/c",
    "a/b@",
    "a/b@../../x",
    "a/b@v..w",
    "a/b/../c.bin",
    "a/b/.c.bin",
    "a b/c",
    "C:\\a\\b",
    "https://huggingface.co/a/b",
  ])("does not take %s for a name", (text) => {
    expect(parseHubName(text)).toBeUndefined();
  });
});
