import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { readVideo } from "../../../../tests/support/read-video.ts";
import { psnr } from "../../../evaluation/psnr.ts";
import { readPngText } from "../../../image/png-text.ts";
import type { Picture } from "../../../runtime/host.ts";
import type { VideoOptions } from "../../../video/writer.ts";
import { decodePicture } from "../picture.ts";
import { openVideo } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "video-"));
afterAll(() => rmSync(folder, { recursive: true }));

const [width, height] = [48, 32];

/** A disc that moves over a still slope of colours. */
const scene = (k: number): Picture => {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i += 3)
      data.set(Math.hypot(x - 8 - k, y - 16) < 6 ? [200, 60, 40] : [x * 4, y * 6, 128], i);
  return { width, height, channels: 3, data };
};
const scenes = Array.from({ length: 20 }, (_, k) => scene(k));

async function write(name: string, options: Partial<VideoOptions> = {}, pictures = scenes): Promise<string> {
  const path = join(folder, name);
  const video = await openVideo(path, { width, height, fps: 12, metadata: "a disc — rolling", ...options });
  for (const picture of pictures) await video.write(picture);
  await video.close();
  return path;
}

const worst = (pictures: readonly Picture[], wanted = scenes): number =>
  Math.min(...pictures.map((picture, k) => Math.min(100, psnr(picture, wanted[k]!))));

describe("openVideo", () => {
  it.each([
    ["gif", 34],
    ["png", 100],
    ["apng", 100],
    ["mp4", 26],
    ["webm", 26],
  ])("writes .%s as FFmpeg reads it", async (ending, least) => {
    const { pictures, times, tags } = await readVideo(await write(`read.${ending}`));
    expect(pictures).toHaveLength(scenes.length);
    expect(worst(pictures)).toBeGreaterThanOrEqual(least);
    for (const [k, time] of times.entries()) expect(Math.abs(time - k / 12)).toBeLessThan(0.0051);
    if (!ending.endsWith("png")) expect(tags.comment ?? tags.COMMENT).toBe("a disc — rolling");
  });

  it.each([
    ["gif", 34, 1670],
    ["webp", 29, 1667],
  ])("writes .%s as libvips reads it", async (ending, least, milliseconds) => {
    const image = sharp(await write(`vips.${ending}`, { loop: 3 }), { animated: true });
    const { pages, delay, loop, pageHeight } = await image.metadata();
    expect({ pages, pageHeight }).toEqual({ pages: 20, pageHeight: height });
    expect(loop).toBe(3);
    expect(delay!.reduce((sum, each) => sum + each)).toBe(milliseconds);
    const data = new Uint8Array(await image.removeAlpha().raw().toBuffer());
    const size = width * height * 3;
    const pictures = scenes.map((one, k) => ({ ...one, data: data.subarray(k * size, (k + 1) * size) }));
    expect(worst(pictures)).toBeGreaterThan(least);
  });

  it("writes a folder of pictures, in place of a longer one", async () => {
    await write("frames/", {}, scenes);
    writeFileSync(join(folder, "frames", "notes.txt"), "mine");
    const path = await write("frames", {}, scenes.slice(0, 3));
    const names = ["frame-000001.png", "frame-000002.png", "frame-000003.png"];
    expect(readdirSync(path).sort()).toEqual([...names, "manifest.json", "notes.txt"]);
    const manifest: unknown = JSON.parse(readFileSync(join(path, "manifest.json"), "utf8"));
    expect(manifest).toEqual({ width, height, fps: 12, loop: 0, frames: names, parameters: "a disc — rolling" });
    expect(await decodePicture(readFileSync(join(path, names[2]!)), "third")).toEqual(scene(2));
  });

  it("keeps how it was made in APNG and WebP", async () => {
    const png = readFileSync(await write("settings.png"));
    expect(readPngText(png, "it").get("parameters")).toBe("a disc — rolling");
    const { exif } = await sharp(await write("settings.webp")).metadata();
    const comment = Buffer.from(exif!.subarray(exif!.indexOf("UNICODE") + 8)).swap16();
    expect(comment.toString("utf16le")).toBe("a disc — rolling");
  });

  it("muxes a track, cut to the length of the pictures", async () => {
    const tone = Float32Array.from({ length: 44100 * 5 }, (_, i) => Math.sin(i / 20) / 2);
    for (const ending of ["mp4", "webm"]) {
      const path = await write(`sound.${ending}`, { audio: { sampleRate: 44100, channels: [tone, tone] } });
      expect((await readVideo(path)).duration).toBeCloseTo(20 / 12, 1);
    }
  });

  it.skipIf(spawnSync("ffprobe", ["-version"]).error !== undefined)("satisfies ffprobe", async () => {
    for (const [ending, codec] of [
      ["mp4", "h264"],
      ["webm", "vp9"],
      ["gif", "gif"],
      ["png", "apng"],
    ] as const) {
      const path = await write(`probe.${ending}`);
      const entries = "stream=codec_name,pix_fmt,width,height,avg_frame_rate,nb_read_frames:format=duration";
      const args = ["-v", "error", "-count_frames", "-show_entries", entries, "-of", "json", path];
      const { streams, format } = JSON.parse(execFileSync("ffprobe", args, { encoding: "utf8" })) as {
        streams: readonly Record<string, unknown>[];
        format: { duration?: string };
      };
      expect(streams).toHaveLength(1);
      expect(streams[0]).toMatchObject({
        codec_name: codec,
        width,
        height,
        nb_read_frames: "20",
        avg_frame_rate: "12/1",
      });
      if (ending === "mp4" || ending === "webm") expect(streams[0]).toMatchObject({ pix_fmt: "yuv420p" });
      if (ending !== "png") expect(Math.abs(Number(format.duration) - 20 / 12)).toBeLessThan(0.005);
    }
  });

  it.each([
    ["webm", 33, 31, 23.976],
    ["gif", 1, 1, 50],
    ["webp", 1, 3, 0.5],
    ["png", 3, 1, 29.97],
    ["mp4", 2, 2, 1000],
  ])("writes .%s of %ix%i at %d pictures a second", async (ending, w, h, fps) => {
    const path = join(folder, `edge.${ending}`);
    const video = await openVideo(path, { width: w, height: h, fps });
    const picture = { width: w, height: h, channels: 3 as const, data: new Uint8Array(w * h * 3).fill(90) };
    for (let k = 0; k < 3; k++) await video.write(picture);
    await video.close();
    if (ending === "webp") expect((await sharp(path, { animated: true }).metadata()).delay).toEqual([2000, 2000, 2000]);
    else {
      const { pictures, times } = await readVideo(path);
      expect(pictures).toHaveLength(3);
      expect(Math.abs(times[2]! - 2 / fps)).toBeLessThan(0.0051);
    }
  });

  it("puts the index of MP4 before the pictures", async () => {
    const bytes = readFileSync(await write("fast.mp4"));
    expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
  });

  it("leaves nothing of what is given up", async () => {
    for (const ending of ["gif", "webp", "png", "mp4", "webm"]) {
      const video = await openVideo(join(folder, `gone.${ending}`), { width, height, fps: 12 });
      await video.write(scene(0));
      await video.abort();
      await video.abort();
      await expect(video.write(scene(0))).rejects.toThrow("was closed before");
      const empty = await openVideo(join(folder, `gone.${ending}`), { width, height, fps: 12 });
      await expect(empty.close()).rejects.toThrow(/gone\.\w+: there are no pictures/);
    }
    expect(readdirSync(folder).filter((name) => /gone|part/.test(name))).toEqual([]);
  });

  it.each([
    ["a.avi", {}, /a\.avi does not end in \.gif, \.webp, \.png, \.apng, \.mp4 or \.webm/],
    ["noending", {}, /noending does not end in/],
    ["odd.mp4", { width: 33 }, /odd\.mp4: H\.264 needs an even width and height, not 33x32; take \.webm/],
    ["fast.gif", { fps: 60 }, /at most 50 pictures a second of a GIF, not 60/],
    ["none.gif", { fps: 0 }, /0 pictures a second/],
    ["vast.webp", { width: 20000 }, /20000x32 is larger than 16383 pixels/],
  ])("says what is wrong with %s", async (name, options, message) => {
    await expect(openVideo(join(folder, name), { width, height, fps: 12, ...options })).rejects.toThrow(message);
  });

  it("says that a part of the path is a file", async () => {
    writeFileSync(join(folder, "file"), "");
    const opening = openVideo(join(folder, "file", "a.gif"), { width, height, fps: 12 });
    await expect(opening).rejects.toThrow("a part of the path is a file");
  });

  it("says which picture does not fit", async () => {
    const video = await openVideo(join(folder, "size.gif"), { width: 8, height: 8, fps: 12 });
    await expect(video.write(scene(0))).rejects.toThrow("48x32 in a video of 8x8");
  });
});
