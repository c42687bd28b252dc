import type { CodecContext, FormatContext, Frame, SoftwareResampleContext } from "node-av/lib";
import type { Sound } from "../../../audio/sound.ts";
import { UserError } from "../../../errors.ts";
import { openFile } from "../files.ts";
import { type FFmpeg, loadFFmpeg } from "./load.ts";

/** Samples of all channels together that are read at most: 2 GB of them. */
const mostSamples = 2 ** 29;

/** The first or best sound of a file in any format that FFmpeg knows, at its own rate, with all its channels. */
export async function readSound(path: string): Promise<Sound> {
  // What is wrong with the path itself is told as for any other file.
  await openFile(path);
  const ffmpeg = await loadFFmpeg(`reading ${path}`);
  const format = new ffmpeg.FormatContext();
  const decoder = new ffmpeg.CodecContext();
  try {
    if ((await format.openInput(path)) < 0 || (await format.findStreamInfo()) < 0)
      throw new UserError(`${path} is no sound in a format that is known, or is damaged; convert or copy it again`);
    const stream = format.streams[format.findBestStream(ffmpeg.AVMEDIA_TYPE_AUDIO)];
    const codec = stream && ffmpeg.Codec.findDecoder(stream.codecpar.codecId);
    if (!codec) throw new UserError(`${path} holds no sound that can be decoded; choose another file`);
    decoder.allocContext3(codec);
    decoder.parametersToContext(stream.codecpar);
    decoder.pktTimebase = stream.timeBase;
    if ((await decoder.open2(codec)) < 0) throw new UserError(`${path}: its sound is damaged; copy it again`);
    const samples = new Samples(ffmpeg, path);
    for await (const frame of decodedFrames(ffmpeg, format, decoder, stream.index)) samples.add(frame);
    return samples.finish();
  } finally {
    decoder.freeContext();
    await format.closeInput();
  }
}

/** Frames of one stream; the same one each time, filled anew. Damaged packets are passed over. */
async function* decodedFrames(
  ffmpeg: FFmpeg,
  format: FormatContext,
  decoder: CodecContext,
  index: number,
): AsyncGenerator<Frame, void> {
  const [packet, frame] = [new ffmpeg.Packet(), new ffmpeg.Frame()];
  packet.alloc();
  frame.alloc();
  try {
    for (let more = true; more; packet.unref()) {
      more = (await format.readFrame(packet)) >= 0;
      if (more && packet.streamIndex !== index) continue;
      if ((await decoder.sendPacket(more ? packet : null)) < 0) continue;
      while ((await decoder.receiveFrame(frame)) >= 0) yield frame;
    }
  } finally {
    packet.free();
    frame.free();
  }
}

/** Gathers decoded frames as rows of numbers in ±1. */
class Samples {
  readonly #ffmpeg: FFmpeg;
  readonly #path: string;
  /** A row of pieces for each channel. */
  #pieces: Float32Array[][] = [];
  #count = 0;
  #rate = 0;
  #resampler: SoftwareResampleContext | undefined;

  constructor(ffmpeg: FFmpeg, path: string) {
    this.#ffmpeg = ffmpeg;
    this.#path = path;
  }

  add(frame: Frame): void {
    const { nbSamples, channels } = frame;
    this.#resampler ??= this.#start(frame);
    if (channels !== this.#pieces.length || frame.sampleRate !== this.#rate)
      throw new UserError(`${this.#path} changes its rate or channels on the way; convert it to WAV first`);
    this.#count += nbSamples * channels;
    if (this.#count > mostSamples) throw new UserError(`${this.#path} is too long; cut it first`);
    const planes = this.#pieces.map(() => new Float32Array(nbSamples));
    const out = planes.map(({ buffer }) => Buffer.from(buffer));
    this.#resampler.convertSync(out, nbSamples, frame.extendedData, nbSamples);
    for (const [i, plane] of planes.entries()) this.#pieces[i]!.push(plane);
  }

  finish(): Sound {
    this.#resampler?.free();
    if (this.#count === 0) throw new UserError(`${this.#path} holds no sound that can be decoded; choose another file`);
    return { sampleRate: this.#rate, channels: this.#pieces.map(join) };
  }

  #start({ channelLayout, format, sampleRate, channels }: Frame): SoftwareResampleContext {
    const resampler = new this.#ffmpeg.SoftwareResampleContext();
    const { AV_SAMPLE_FMT_FLTP } = this.#ffmpeg;
    type Format = typeof AV_SAMPLE_FMT_FLTP;
    resampler.allocSetOpts2(channelLayout, AV_SAMPLE_FMT_FLTP, sampleRate, channelLayout, format as Format, sampleRate);
    resampler.init();
    this.#rate = sampleRate;
    this.#pieces = Array.from({ length: channels }, () => []);
    return resampler;
  }
}

function join(pieces: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
