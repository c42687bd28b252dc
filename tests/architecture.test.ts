import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const read = (path: string): string => readFileSync(root + path, "utf8");

/** Files below a folder of the repository that end so, by path from the root. */
const filesIn = (folder: string, ending: RegExp): string[] =>
  (existsSync(root + folder) ? readdirSync(root + folder, { recursive: true, encoding: "utf8" }) : [])
    .filter((name) => ending.test(name) && !name.includes("node_modules"))
    .map((name) => `${folder}/${name}`)
    .sort();

const sources = filesIn("src", /(?<!\.test|\.d)\.ts$/);

/** What a file imports: paths from the root, or the names of packages. */
function imports(path: string): string[] {
  const found = read(path).matchAll(/^(?:import|export)\s(?:[\w\s{},*$]+\sfrom\s)?"([^"]+)"|\bimport\("([^"]+)"\)/gm);
  return Array.from(found, ([, fixed, loaded]) => (fixed ?? loaded)!).map((name) =>
    name.startsWith(".") ? new URL(name, `file:///${path}`).pathname.slice(1) : name,
  );
}

/** `src/graph/ops/conv.ts` is of the layer graph; files beside the layers are of none. */
const layerOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];

const [, diagram] = /```mermaid\n(.*?)```/s.exec(read("docs/architecture.md")) ?? [];

/** The arrows of the drawing, `a --> b & c`: from each layer to those right below it. */
const arrows = new Map<string, string[]>();
for (const [, from, to] of diagram!.matchAll(/^ *(\w+) --> (.+)$/gm))
  arrows.set(from!, [...(arrows.get(from!) ?? []), ...to!.trim().split(/ *& */)]);

/** All layers below one. */
function below(layer: string): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void =>
    arrows.get(name)?.forEach((next) => {
      if (found.has(next)) return;
      found.add(next);
      visit(next);
    });
  visit(layer);
  return found;
}

/** `a/b.ts imports c/d.ts` for each import for which `isWrong` holds. */
const offences = (isWrong: (from: string, to: string) => boolean): string[] =>
  sources.flatMap((from) => imports(from).flatMap((to) => (isWrong(from, to) ? [`${from} imports ${to}`] : [])));

describe("layers", () => {
  const drawn = new Set([...arrows.keys(), ...[...arrows.values()].flat()]);

  it("are the folders of src, each with a paragraph", () => {
    const folders = readdirSync(`${root}src`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect([...drawn].sort()).toEqual(folders.map(({ name }) => name).sort());
    const paragraphs = read("docs/architecture.md").matchAll(/^\*\*\[(\w+)\]\(\.\.\/src\/\1\)\*\* /gm);
    expect(Array.from(paragraphs, ([, layer]) => layer).sort()).toEqual([...drawn].sort());
  });

  it("do not point at themselves by any way", () => {
    expect([...drawn].filter((layer) => below(layer).has(layer))).toEqual([]);
  });

  it("import only what the drawing's arrows lead to", () => {
    const wrong = offences((from, to) => {
      const [own, other] = [layerOf(from), layerOf(to)];
      return other !== undefined && own !== undefined && own !== other && !below(own).has(other);
    });
    expect(wrong).toEqual([]);
  });

  it("have no arrow that no import uses", () => {
    const used = new Set(sources.flatMap((from) => imports(from).map((to) => `${layerOf(from)} --> ${layerOf(to)}`)));
    const drawnArrows = [...arrows].flatMap(([from, to]) => to.map((layer) => `${from} --> ${layer}`));
    expect(drawnArrows.filter((arrow) => !used.has(arrow))).toEqual([]);
  });

  it("stand on the files beside them, which import nothing above", () => {
    const wrong = offences(
      (from, to) =>
        (layerOf(from) === undefined && from !== "src/index.ts" && layerOf(to) !== undefined) || to === "src/index.ts",
    );
    expect(wrong).toEqual([]);
  });
});

describe("packages", () => {
  const users: Readonly<Record<string, readonly string[]>> = {
    node: ["host", "apps"],
    "onnxruntime-node": ["host"],
    sharp: ["host"],
    "node-av": ["host"],
    "@lancedb/lancedb": ["host"],
    "apache-arrow": ["host"],
    "@huggingface/hub": ["host"],
    "onnx-proto": ["onnx"],
    "pg-boss": ["host"],
    pg: ["host"],
    "@electric-sql/pglite": ["host"],
    "csv-parse": ["host", "apps"],
    htmlparser2: ["host"],
    undici: ["host"],
    "ipaddr.js": ["host"],
    hyparquet: ["host", "pipelines"],
    "hyparquet-writer": ["pipelines"],
    "franc-min": ["pipelines"],
  };
  /** `node-av/lib` is of node-av, `node:fs` of node. */
  const packageOf = (name: string): string => /^((@[^/]+\/)?[^/:]+)/.exec(name)![0];

  it("are used by the layers that they are for", () => {
    const wrong = offences(
      (from, to) => !to.startsWith("src/") && !users[packageOf(to)]?.includes(layerOf(from) ?? ""),
    );
    expect(wrong).toEqual([]);
  });

  it("are declared", () => {
    const { dependencies, peerDependencies } = JSON.parse(read("package.json")) as Record<string, object>;
    const names = sources.flatMap((path) => imports(path)).filter((name) => !/^(src\/|node:)/.test(name));
    const used = new Set(names.map(packageOf));
    const declared = Object.keys({ ...dependencies, ...peerDependencies });
    expect([...used].filter((name) => !declared.includes(name))).toEqual([]);
    expect(Object.keys(dependencies!).filter((name) => !used.has(name))).toEqual([]);
  });
});

describe("files", () => {
  const written = ["src", "tests", "tools", "benchmarks", "examples", "bin"].flatMap((folder) =>
    filesIn(folder, /\.[jt]s$/),
  );

  it("have at most 250 lines", () => {
    const lengths = written.map((path) => [path, read(path).trimEnd().split("\n").length] as const);
    expect(lengths.filter(([, lines]) => lines > 250)).toEqual([]);
  });

  it("export by name", () => {
    expect(written.filter((path) => /^export (default\b|\{[^}]*\bas default\b)/m.test(read(path)))).toEqual([]);
  });

  it("are introduced by a README where there are more than five", () => {
    const folders = new Map<string, number>();
    for (const path of sources) {
      const folder = path.slice(0, path.lastIndexOf("/"));
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
    const crowded = [...folders].filter(([folder, count]) => folder !== "src" && count > 5).map(([folder]) => folder);
    expect(crowded.filter((folder) => !existsSync(`${root}${folder}/README.md`))).toEqual([]);
  });
});

describe("package.json", () => {
  const { exports } = JSON.parse(read("package.json")) as {
    exports: Record<string, { types: string; default: string }>;
  };

  it.each(Object.entries(exports))("exports %s from a source file", (_, { types, default: code }) => {
    expect(types.replace(/\.d\.ts$/, "")).toBe(code.replace(/\.js$/, ""));
    expect(sources).toContain(code.replace(/^\.\/dist\//, "src/").replace(/\.js$/, ".ts"));
  });

  it("lets no dependency run code at installation", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, object> };
    expect(Object.keys(packages).filter((name) => "hasInstallScript" in packages[name]!)).toEqual([]);
  });
});
