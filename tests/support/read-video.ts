import {
  AV_PIX_FMT_RGB24,
  AVMEDIA_TYPE_VIDEO,
  SWS_ACCURATE_RND,
  SWS_BILINEAR,
  SWS_FULL_CHR_H_INT,
} from "node-av/constants";
import * as ffmpeg from "node-av/lib";
import type { Picture } from "../../src/runtime/host.ts";

export interface ReadVideo {
  readonly pictures: readonly Picture[];
  /** When each is shown, in seconds. */
  readonly times: readonly number[];
  /** In seconds, as the file says. */
  readonly duration: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** What FFmpeg decodes of a video. */
export async function readVideo(path: string): Promise<ReadVideo> {
  const format = new ffmpeg.FormatContext();
  ffmpeg.FFmpegError.throwIfError(await format.openInput(path));
  ffmpeg.FFmpegError.throwIfError(await format.findStreamInfo());
  const stream = format.streams[format.findBestStream(AVMEDIA_TYPE_VIDEO)]!;
  const decoder = new ffmpeg.CodecContext();
  const codec = ffmpeg.Codec.findDecoder(stream.codecpar.codecId);
  decoder.allocContext3(codec);
  decoder.parametersToContext(stream.codecpar);
  ffmpeg.FFmpegError.throwIfError(await decoder.open2(codec));
  const [packet, frame, rgb] = [new ffmpeg.Packet(), new ffmpeg.Frame(), new ffmpeg.Frame()];
  packet.alloc();
  frame.alloc();
  const scale = new ffmpeg.SoftwareScaleContext();
  const pictures: Picture[] = [];
  const times: number[] = [];
  for (let more = true; more; packet.unref()) {
    more = (await format.readFrame(packet)) >= 0;
    if (more && packet.streamIndex !== stream.index) continue;
    await decoder.sendPacket(more ? packet : null);
    while ((await decoder.receiveFrame(frame)) >= 0) {
      const { width, height } = frame;
      rgb.alloc();
      Object.assign(rgb, { format: AV_PIX_FMT_RGB24, width, height });
      rgb.getBuffer(1);
      if (pictures.length === 0) {
        const flags = (SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT) as typeof SWS_BILINEAR;
        scale.getContext(
          width,
          height,
          frame.format as typeof AV_PIX_FMT_RGB24,
          width,
          height,
          AV_PIX_FMT_RGB24,
          flags,
        );
      }
      scale.scaleFrameSync(rgb, frame);
      pictures.push({ width, height, channels: 3, data: new Uint8Array(rgb.toBuffer()) });
      times.push((Number(frame.bestEffortTimestamp) * stream.timeBase.num) / stream.timeBase.den);
      rgb.free();
    }
  }
  const { duration, metadata } = format;
  const tags = metadata?.getAll() ?? {};
  decoder.freeContext();
  await format.closeInput();
  return { pictures, times, duration: Number(duration) / 1e6, tags };
}
