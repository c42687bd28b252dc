import { describe, expect, test } from "vitest";
import { testHost } from "../../../tests/support/test-host.ts";
import type { Host, Picture } from "../../runtime/host.ts";
import { dataConfig, openExamples } from "./config.ts";
import { rawBatch } from "./data-set.ts";
import { folderSamples } from "./folder.ts";
import type { Sample } from "./samples.ts";
import { expandBraces, shardSamples } from "./shards.ts";

/** A picture of one colour: sample `n` is recognised by its red. */
const flat = (red: number, width = 6, height = 4): Picture => ({
  width,
  height,
  channels: 3,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i % 3 === 0 ? red : 0)),
});
const png = (picture: Picture): Promise<Uint8Array> => testHost().encodePicture(picture, "png");
const captions = (samples: readonly Sample[]): Promise<string[]> => Promise.all(samples.map((s) => s.caption()));
const latin1 = Uint8Array.from([0x62, 0xe4, 0x72]);

/** An archive as POSIX describes it, for tests. */
function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, data]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("        0", 148);
    header.write("ustar\x0000", 257);
    header.write(
      `${header
        .reduce((a, b) => a + b, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
      148,
    );
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return new Uint8Array(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

describe("folder with captions", () => {
  test("pairs pictures with the text files beside them", async () => {
    const host = testHost({
      "f/b.png": "",
      "f/a.b.JPG": "",
      "f/b.txt": "a bear\n",
      "f/a.b.txt": "äpfel",
      "f/notes.md": "",
    });
    expect(await captions(await folderSamples(host, "f"))).toEqual(["äpfel", "a bear\n"]);
  });

  test("reads metadata.jsonl", async () => {
    const lines = '{"file_name":"b.png","text":"a bear"}\n\n{"file_name":"a.png","text":"an apple"}\n';
    const host = testHost({ "f/a.png": "", "f/b.png": "", "f/metadata.jsonl": lines });
    expect(await captions(await folderSamples(host, "f"))).toEqual(["an apple", "a bear"]);
  });

  test("has empty captions where there are none at all", async () => {
    expect(await captions(await folderSamples(testHost({ "f/a.png": "" }), "f"))).toEqual([""]);
  });

  test.each([
    [{}, "f holds no pictures"],
    [{ "f/a.png": "", "f/a.txt": latin1 }, "f/a.txt is not UTF-8 text; save it as UTF-8"],
    [{ "f/a.png": "", "f/b.png": "", "f/b.txt": "b" }, "f/a.png has no caption; write one to a.txt"],
    [{ "f/a.png": "", "f/metadata.jsonl": "\nnonsense" }, "f/metadata.jsonl, line 2 is not JSON"],
    [{ "f/a.png": "", "f/metadata.jsonl": '{"file_name":"a.png"}' }, 'line 1 needs the texts "file_name" and "text"'],
    [{ "f/a.png": "", "f/metadata.jsonl": "" }, "f/metadata.jsonl has no line for a.png"],
  ] as [Record<string, string | Uint8Array>, string][])("refuses %j", async (files, message) => {
    await expect(folderSamples(testHost(files), "f")).rejects.toThrow(message);
  });
});

describe("WebDataset shards", () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);

  test("groups the files of a key over several shards, the text before the JSON", async () => {
    const host = testHost({
      "s/00.tar": tar({ "a/x.1.jpg": text("1"), "a/x.txt": text("no"), "a/x.jpg": text("2"), "a/y.json": text("{}") }),
      "s/01.tar": tar({ "z.json": text('{"caption":"json"}'), "z.png": text("3"), "w.png": text("4") }),
    });
    const samples = await shardSamples(host, "s");
    expect(samples.map((s) => s.name)).toEqual(["s/00.tar: a/x.jpg", "s/01.tar: z.png", "s/01.tar: w.png"]);
    expect(await captions(samples)).toEqual(["no", "json", ""]);
    expect(await captions(await shardSamples(host, "s/{00..01}.tar"))).toEqual(["no", "json", ""]);
  });

  test("names the file and its archive when a caption cannot be read", async () => {
    const host = testHost({
      "s/0.tar": tar({ "a.png": text(""), "a.txt": latin1, "b.png": text(""), "b.json": text("[]") }),
    });
    const [a, b] = await shardSamples(host, "s/0.tar");
    await expect(a!.caption()).rejects.toThrow("s/0.tar: a.txt is not UTF-8 text");
    await expect(b!.caption()).rejects.toThrow('s/0.tar: b.json has no text "caption"');
    await expect(shardSamples(host, "empty")).rejects.toThrow("empty holds no pictures");
  });

  test("expands ranges", () => {
    expect(expandBraces("d-{008..010}.tar")).toEqual(["d-008.tar", "d-009.tar", "d-010.tar"]);
    expect(() => expandBraces("d-{3..1}.tar")).toThrow("{3..1} is no range");
  });
});

describe("examples of stored samples", () => {
  const open = async (host: Host, more: object = {}) =>
    openExamples(dataConfig({ kind: "folder", folder: "f", size: 4, ...more }, "data"), {
      host,
      seed: 5,
      load: () => Promise.reject(new Error("no module")),
      readSound: () => Promise.reject(new Error("no sound")),
    });

  async function pictures(count: number, edges = [6, 4]): Promise<Host> {
    const files: Record<string, Uint8Array | string> = {};
    for (let n = 0; n < count; n++) {
      files[`f/${n}.png`] = await png(flat(n * 10, ...edges));
      files[`f/${n}.txt`] = String(n);
    }
    return testHost(files);
  }

  test("every sample comes once an epoch with its own caption, in another order the next time", async () => {
    const examples = await open(await pictures(7));
    const { pixels, captions: said } = await rawBatch(examples, 14, 0);
    expect(pixels.shape).toEqual([14, 3, 4, 4]);
    expect(said.slice(0, 7).sort()).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
    expect(said.slice(7)).not.toEqual(said.slice(0, 7));
    for (const [i, caption] of said.entries())
      expect(pixels.data[i * 48]).toBeCloseTo((Number(caption) * 10) / 127.5 - 1, 6);
  });

  test("a batch does not depend on what was asked for before", async () => {
    const host = await pictures(5);
    const ramp = Uint8Array.from({ length: 9 * 7 * 3 }, (_, i) => i);
    await host.write("f/0.png", [await png({ width: 9, height: 7, channels: 3, data: ramp })]);
    const options = { size: 5, crop: 3, flip: true };
    const examples = await open(host, options);
    await rawBatch(examples, 3, 0);
    const later = await rawBatch(examples, 3, 4);
    expect(await rawBatch(await open(host, options), 3, 4)).toEqual(later);
  });

  test("takes the middle where asked, mirrors only where asked", async () => {
    const data = Uint8Array.from({ length: 4 * 8 * 3 }, (_, i) => (Math.floor(i / 3) % 8) * 30);
    const host = testHost({ "f/a.png": await png({ width: 8, height: 4, channels: 3, data }) });
    const { picture } = await (await open(host, { window: "centre" })).example(0);
    expect([0, 3, 6, 9].map((i) => picture.data[i])).toEqual([60, 90, 120, 150]);
    const mirrored = await open(host, { window: "centre", flip: true });
    const firsts = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => (await mirrored.example(i)).picture.data[0]),
    );
    expect(new Set(firsts)).toEqual(new Set([60, 150]));
  });

  test("names a file that is no picture", async () => {
    const examples = await open(testHost({ "f/a.png": "hello" }));
    await expect(examples.example(0)).rejects.toThrow("f/a.png: not a PNG");
  });

  test("refuses a config that cannot be", () => {
    const config = (value: unknown) => () => dataConfig(value, "c.json: data");
    expect(config({ kind: "zip" })).toThrow(
      'c.json: data: kind: "folder" or "webdataset" or "music" or "module" is needed',
    );
    expect(config({ kind: "folder", folder: "f", size: 8, crop: 9 })).toThrow("crop 9 is larger than size 8");
    expect(config({ kind: "folder", folder: "f", size: 8, flp: true })).toThrow('"flp" is unknown');
  });
});
