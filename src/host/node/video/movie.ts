import type { VideoOptions, VideoWriter } from "../../../video/writer.ts";
import { toYuv420 } from "../../../video/yuv.ts";
import { loadFFmpeg } from "../ffmpeg/load.ts";
import { Muxer } from "../ffmpeg/muxer.ts";
import { type SoundCodec, SoundStream } from "../ffmpeg/sound-stream.ts";
import { startFile } from "../files.ts";

interface MovieFormat {
  readonly codec: "libx264" | "libvpx-vp9";
  readonly options: Readonly<Record<string, string>>;
  readonly sound: SoundCodec;
  readonly header: Readonly<Record<string, string>>;
}

const formats: Readonly<Record<"mp4" | "webm", MovieFormat>> = {
  mp4: {
    codec: "libx264",
    options: { crf: "17", preset: "medium" },
    sound: { codec: "aac", bitRate: 192_000 },
    // The index comes first, so that playing starts before all has arrived.
    header: { movflags: "+faststart" },
  },
  webm: {
    codec: "libvpx-vp9",
    options: { crf: "20", b: "0", deadline: "good", "cpu-used": "2", "row-mt": "1" },
    sound: { codec: "libopus", bitRate: 160_000 },
    header: {},
  },
};

/** H.264 and AAC in MP4, VP9 and Opus in WebM. */
export async function openMovie(path: string, format: "mp4" | "webm", options: VideoOptions): Promise<VideoWriter> {
  const ffmpeg = await loadFFmpeg(`writing ${path}`);
  const { codec, options: codecOptions, sound: soundCodec, header } = formats[format];
  const { width, height, fps, metadata, audio } = options;
  const file = await startFile(path);
  const muxer = new Muxer(ffmpeg, file.path, path, format, metadata === undefined ? {} : { comment: metadata });
  const abort = async (): Promise<void> => {
    await muxer.free();
    await file.discard();
  };
  try {
    const timeBase = ticks(fps);
    const video = await muxer.add(codec, codecOptions, (context) => {
      context.width = width;
      context.height = height;
      context.pixelFormat = ffmpeg.AV_PIX_FMT_YUV420P;
      context.timeBase = new ffmpeg.Rational(timeBase.num, timeBase.den);
      context.framerate = new ffmpeg.Rational(timeBase.den, timeBase.num);
      context.colorRange = ffmpeg.AVCOL_RANGE_MPEG;
      context.colorSpace = ffmpeg.AVCOL_SPC_BT709;
      context.colorPrimaries = ffmpeg.AVCOL_PRI_BT709;
      context.colorTrc = ffmpeg.AVCOL_TRC_IEC61966_2_1;
    });
    const sound = audio && (await SoundStream.add(muxer, audio, soundCodec));
    await muxer.start(header);
    let count = 0;
    return {
      async write(picture) {
        const yuv = Buffer.from(toYuv420(picture).buffer);
        const frame = { width, height, format: ffmpeg.AV_PIX_FMT_YUV420P, pts: BigInt(count++), timeBase };
        await video.send(ffmpeg.Frame.fromVideoBuffer(yuv, frame));
        await sound?.until(count / fps);
      },
      async close() {
        await video.send(null);
        await sound?.finish();
        await muxer.finish();
        await file.finish();
      },
      abort,
    };
  } catch (error) {
    await abort();
    throw error;
  }
}

/** A picture's duration as a fraction of a second. */
function ticks(fps: number): { readonly num: number; readonly den: number } {
  if (Number.isInteger(fps)) return { num: 1, den: fps };
  // 23.976 and its kin are these fractions of whole rates.
  const ntsc = Math.round(fps * 1.001);
  if (Math.abs(ntsc / 1.001 - fps) < 0.0005) return { num: 1001, den: ntsc * 1000 };
  return { num: 1000, den: Math.round(fps * 1000) };
}
