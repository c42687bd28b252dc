import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { commands } from "../src/apps/cli/commands.ts";
import { parseOptions } from "../src/apps/cli/options.ts";
import { clipConfig, diffusionConfig, distilConfig, readConfig } from "../src/training/config.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const documents = ["", "docs", "src", "tests", "tools"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: folder !== "", encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.includes("node_modules"))
    .map((name) => join(folder, name)),
);

/** The contents of a document's fenced blocks of one kind. */
const blocks = (path: string, kind: string): string[] =>
  Array.from(read(path).matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\``, "gms")), ([, text]) => text!);

/** `a "b c" d # why` → ["a", "b c", "d"]. */
const words = (line: string): string[] =>
  Array.from(line.replace(/ +#.*/, "").matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, bare]) => (quoted ?? bare)!);

it.each(documents)("%s links to what is there", (path) => {
  const links = Array.from(read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g), ([, link]) => link!);
  expect(links.filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([]);
});

describe("README.md", () => {
  const lines = blocks("README.md", "").flatMap((block) => block.split("\n"));
  const shown = lines.flatMap((line) => /^(?:.* )?(?:latentkit|npm start --) (.+)/.exec(line)?.[1] ?? []);

  it.each(shown)("shows a command that is understood: %s", async (line) => {
    const [name, ...args] = words(line);
    const { options } = await commands[name!]!.load();
    expect(parseOptions(args, options).positionals.length).toBeLessThan(4);
  });

  it("shows every command", () => {
    const names = shown.map((line) => words(line)[0]);
    expect(Object.keys(commands).filter((name) => !names.includes(name))).toEqual([]);
  });
});

it.each([
  ["README.md", diffusionConfig, { steps: 20_000, data: { size: 128 } }],
  ["docs/music.md", diffusionConfig, { steps: 20_000, data: { kind: "music", tempo: true } }],
  ["docs/curating.md", clipConfig, { steps: 1000, data: { kind: "webdataset" } }],
  ["docs/drawing.md", distilConfig, { steps: 2000, data: { size: 512 } }],
] as const)("%s shows a training config that is understood", (path, config, shown) => {
  const [json] = blocks(path, "json");
  expect(readConfig<unknown>(config, json!, path)).toMatchObject(shown);
});
