import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dripping, endless, type PictureSite, pictureSite, silent } from "../../../../tests/support/picture-site.ts";
import { fetchDefaults } from "../../../pipelines/curate/options.ts";
import { isPublic } from "./addresses.ts";
import { openFetch } from "./fetch.ts";
import { isRefused } from "./robots.ts";

let site: PictureSite;
const quick = { ...fetchDefaults, timeout: 2, retries: 1, mostBytes: 100_000, allowPrivate: true };
const network = openFetch(quick);
const folder = mkdtempSync(join(tmpdir(), "latentkit-fetch-"));

beforeAll(async () => {
  site = await pictureSite((path, before) => {
    const moved = (to: string) => ({ status: 302, headers: { location: to } });
    if (path.startsWith("/hop")) return moved(`/hop${Number(path.slice(4)) + 1}`);
    switch (path) {
      case "/a.png":
        return { bytes: Buffer.from("a picture") };
      case "/moved":
        return moved("/a.png");
      case "/away":
        return moved("file:///etc/passwd");
      case "/busy":
        return before === 0 ? { status: 503 } : { bytes: Buffer.from("late") };
      case "/patience":
        return { status: 429, headers: { "retry-after": "3600" } };
      case "/noai":
        return { bytes: Buffer.from("x"), headers: { "x-robots-tag": "noai" } };
      case "/announced":
        return { bytes: Buffer.alloc(10), headers: { "content-length": "200000" } };
      case "/cut":
        return (_, response) => {
          response.writeHead(200, { "content-length": "1000" });
          response.write("some", () => response.destroy());
        };
      case "/nonsense":
        return (request) => request.socket.end("this is no HTTP\r\n\r\n");
      case "/silent":
        return silent;
      case "/endless":
        return endless;
      case "/dripping":
        return dripping;
      default:
        return { status: 404 };
    }
  });
});
afterAll(async () => {
  await network.close();
  await site.close();
  rmSync(folder, { recursive: true });
});

async function got(path: string, fetch = network.fetch): Promise<string> {
  const result = await fetch({ url: path.startsWith("/") ? site.origin + path : path }, undefined);
  return "refused" in result ? `refused: ${result.refused}` : Buffer.from(result.bytes).toString();
}

describe("fetch", () => {
  it("gets files, after redirects and second attempts too", async () => {
    expect(await Promise.all(["/a.png", "/moved", "/busy"].map((path) => got(path)))).toEqual([
      "a picture",
      "a picture",
      "late",
    ]);
  });

  it("says in few words why there is none", async () => {
    const paths = [
      "/none",
      "/hop0",
      "/away",
      "/patience",
      "/noai",
      "/endless",
      "/cut",
      "/nonsense",
      "/silent",
      "/dripping",
    ];
    expect(await Promise.all(paths.map((path) => got(path)))).toEqual([
      "refused: HTTP 404",
      "refused: too many redirects",
      "refused: redirected to no address",
      "refused: HTTP 429",
      "refused: X-Robots-Tag refuses",
      "refused: more than 0.0954 MB",
      "refused: connection broken",
      "refused: no valid response",
      "refused: timed out",
      "refused: timed out",
    ]);
    expect(["/none", "/patience", "/silent"].map((path) => site.asked.get(path))).toEqual([1, 1, 2]);
    expect(await got("http://127.0.0.1:1/")).toBe("refused: connection refused");
    expect(await got("http://nowhere.invalid/")).toMatch(/^refused: (no such host|timed out)/);
  });

  it("asks no private address: by number, by name, or where a redirect leads", async () => {
    const careful = openFetch({ ...quick, allowPrivate: false });
    const port = new URL(site.origin).port;
    const before = site.asked.get("/a.png");
    for (const host of ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"])
      expect(await got(`http://${host}:${port}/a.png`, careful.fetch)).toBe("refused: private address");
    expect(site.asked.get("/a.png")).toBe(before);
    await careful.close();
  });

  it("reads local pictures only where it is told that they are", async () => {
    const path = join(folder, "a b%.png");
    writeFileSync(path, "here");
    const { href: url } = pathToFileURL(path);
    expect(await network.fetch({ url, isLocal: true }, undefined)).toMatchObject({
      bytes: new Uint8Array(Buffer.from("here")),
    });
    expect(await network.fetch({ url: `${url}2`, isLocal: true }, undefined)).toEqual({ refused: "cannot be read" });
    expect(await got(url)).toMatch(/^refused/);
  });

  it("blames nobody for time in which this program stood still", async () => {
    const hasty = openFetch({ ...quick, timeout: 0.6, retries: 0 });
    const waiting = got("/a.png", hasty.fetch);
    const until = performance.now() + 800;
    while (performance.now() < until);
    expect(await waiting).toBe("a picture");
    await hasty.close();
  });

  it("stops when the work is stopped", async () => {
    const stop = new AbortController();
    const waiting = network.fetch({ url: `${site.origin}/silent` }, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
  });
});

it.each([
  ["8.8.8.8", true],
  ["2606:4700::1111", true],
  ["10.1.2.3", false],
  ["172.20.0.1", false],
  ["192.168.1.1", false],
  ["169.254.169.254", false],
  ["100.64.0.1", false],
  ["224.0.0.1", false],
  ["fd00::1", false],
  ["fe80::1", false],
  ["::ffff:10.0.0.1", false],
  ["64:ff9b::a00:1", false],
])("%s is public: %s", (address, expected) => {
  expect(isPublic(address)).toBe(expected);
});

it.each([
  ["noai", true],
  ["nofollow, NoImageAI", true],
  ["latentkit: noindex", true],
  ["other: noai", false],
  ["other: nofollow, noai", false],
  [["other: noai", "noimageindex"], true],
  ["unavailable_after: 25 Jun 2030 15:00:00 PST, noai", true],
  ["nofollow", false],
  [undefined, false],
])("X-Robots-Tag %j refuses: %s", (tag, expected) => {
  expect(isRefused(tag, "latentkit")).toBe(expected);
});
