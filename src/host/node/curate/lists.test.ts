import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { pairLists } from "./lists.ts";
import { imagesIn } from "./read-archive.ts";

const folder = mkdtempSync(join(tmpdir(), "latentkit-lists-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(folder, { recursive: true });

/** `URL caption` for each pair, `! problem` for what gives none. */
async function read(
  name: string,
  contents: string | Uint8Array,
  urlColumn?: string,
  captionColumn?: string,
): Promise<string[]> {
  const path = join(folder, name);
  writeFileSync(path, contents);
  const found: string[] = [];
  for await (const line of pairLists.read(path, { urlColumn, captionColumn }))
    found.push("problem" in line ? `! ${line.problem}` : `${line.url} ${line.caption}`);
  return found;
}

const two = ["http://a.org/1.png one, two", 'http://a.org/2.png a "quoted" one'];

describe("tables", () => {
  it("are separated by commas or tabs, compressed or not, with names above or without", async () => {
    const csv = '\uFEFFid,URL,TEXT\n1,http://a.org/1.png,"one, two"\r\n2,http://a.org/2.png,"a ""quoted"" one"\n';
    expect(await read("a.csv", csv)).toEqual(two);
    expect(await read("a.csv.gz", gzipSync(csv))).toEqual(two);
    expect(
      await read("b.tsv", 'caption\turl\none, two\thttp://a.org/1.png\na "quoted" one\thttp://a.org/2.png'),
    ).toEqual(two);
    expect(await read("c.tsv", 'one, two\thttp://a.org/1.png\na "quoted" one\thttp://a.org/2.png')).toEqual(two);
    expect(await read("d.csv", 'link,what,title\nhttp://a.org/1.png,"one, two",x', "link", "what")).toEqual([two[0]]);
  });

  it("tell of rows that give no pair, and go on", async () => {
    const rows = [
      "url,caption",
      "http://a.org/1.png,good",
      "lonely",
      "ftp://a.org/2.png,x",
      "not an address,x",
      "file:///etc/passwd,x",
    ];
    expect(await read("e.csv", rows.join("\n"))).toEqual([
      "http://a.org/1.png good",
      "! row without URL or caption",
      "! no http address",
      "! no http address",
      "! no http address",
    ]);
    const endless = `url,caption\nhttp://a.org/1.png,good\nhttp://a.org/2.png,"never ${"closed\n".repeat(200_000)}`;
    expect(await read("f.csv", endless)).toEqual([
      "http://a.org/1.png good",
      "! row that never ends, and all after it",
    ]);
  });

  it("name their columns where none is known", async () => {
    await expect(read("g.csv", "address,words\nx,y")).rejects.toThrow(
      /g\.csv has no column for the url: name one of address, words with --url-column/,
    );
    await expect(read("h.csv.gz", "no gzip")).rejects.toThrow(/h\.csv\.gz is damaged or not compressed by gzip/);
  });
});

it("reads JSON lines", async () => {
  const lines = [
    '{"url": "http://a.org/1.png", "caption": "one, two"}',
    "",
    "nonsense",
    '{"url": 5, "caption": "x"}',
    "null",
  ];
  const problems = ["! line that is not JSON", "! row without URL or caption", "! line that is not JSON"];
  expect(await read("a.jsonl", lines.join("\n"))).toEqual([two[0], ...problems]);
  expect(
    await read("b.jsonl", `{"url": "http://a.org/1.png", "caption": "${"x".repeat(2 ** 20)}"}\n${lines[0]}`),
  ).toEqual(["! line too long", two[0]]);
});

it("reads Parquet", async () => {
  const columnData = [
    { name: "URL", data: ["http://a.org/1.png", "http://a.org/2.png", null] },
    { name: "TEXT", data: ["one, two", 'a "quoted" one', "x"] },
    { name: "WIDTH", data: [1, 2, 3] },
  ];
  const file = new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 2 }));
  expect(await read("a.parquet", file)).toEqual([...two, "! row without URL or caption"]);
  await expect(read("b.parquet", file.subarray(0, 100))).rejects.toThrow(/b\.parquet cannot be read as Parquet/);
});

describe("web archives", () => {
  const record = (type: string, body: string, uri = "http://a.org/x/page.html"): string =>
    `WARC/1.0\r\nWARC-Type: ${type}\r\nWARC-Target-URI: ${uri}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}\r\n\r\n`;
  const page =
    '<p><img src="../1.png" alt="one, two"><img src="2.png"><img alt="x"><img src="//b.org/3.png" alt="a &amp; b">';

  it("are read page by page, or by what is known of pages", async () => {
    const response = `HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${page}`;
    const picture = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n<img src='no.png' alt='no'>";
    const links = [
      { path: "IMG@/src", url: "../1.png", alt: "one, two" },
      { path: "A@/href", url: "x", alt: "no" },
      { path: "IMG@/src", url: "2.png" },
    ];
    const wat = {
      Envelope: { "Payload-Metadata": { "HTTP-Response-Metadata": { "HTML-Metadata": { Links: links } } } },
    };
    const archive = ["warcinfo", "request"].map((type) => record(type, "x")).join("");
    const warc = archive + record("response", response) + record("response", picture);
    const expected = ["http://a.org/1.png one, two", "http://b.org/3.png a & b"];
    expect(await read("a.warc", warc)).toEqual(expected);
    // Each record is compressed for itself, as archives have it.
    const parts = [archive, record("response", response)].map((part) => gzipSync(part));
    expect(await read("a.warc.gz", Buffer.concat(parts))).toEqual(expected);
    expect(await read("a.wat", record("metadata", JSON.stringify(wat)))).toEqual([expected[0]]);
  });

  it("follow a page's base", () => {
    expect(imagesIn('<base href="/y/"><img src="1.png" alt="x">', "http://a.org/z/")).toEqual([
      { url: "http://a.org/y/1.png", caption: "x" },
    ]);
  });

  it("tell what is no archive", async () => {
    await expect(read("b.warc", "something else\r\n\r\n")).rejects.toThrow(/b\.warc is no web archive, or damaged/);
  });
});
