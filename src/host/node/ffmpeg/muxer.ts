import type { FFEncoderCodec } from "node-av/constants";
import type { Codec, CodecContext, Frame } from "node-av/lib";
import { UserError } from "../../../errors.ts";
import type { FFmpeg } from "./load.ts";

/** What a call of FFmpeg returned, where it is no error. */
export function checked(ffmpeg: FFmpeg, path: string, code: number): number {
  if (code >= 0) return code;
  throw new UserError(`cannot write ${path}: FFmpeg reports ${ffmpeg.FFmpegError.strerror(code)}`);
}

/** What an encoder's frames become in the file. */
export interface Stream {
  readonly context: CodecContext;
  /** Encodes a frame and frees it; null ends the stream. */
  send(frame: Frame | null): Promise<void>;
}

/** A file in one of FFmpeg's formats, made of the streams of encoders. */
export class Muxer {
  readonly ffmpeg: FFmpeg;
  /** How messages call the file. */
  readonly #name: string;
  readonly #format;
  readonly #streams: CodecContext[] = [];

  /** `format` is FFmpeg's name of it, `metadata` its tags. */
  constructor(ffmpeg: FFmpeg, path: string, name: string, format: string, metadata: Readonly<Record<string, string>>) {
    this.ffmpeg = ffmpeg;
    this.#name = name;
    this.#format = new ffmpeg.FormatContext();
    this.#check(this.#format.allocOutputContext2(null, format, path));
    this.#format.metadata = ffmpeg.Dictionary.fromObject(metadata);
  }

  /** Adds an encoder by its name, set up by `prepare` before it opens. */
  async add(
    name: string,
    options: Readonly<Record<string, string>>,
    prepare: (context: CodecContext, codec: Codec) => void,
  ): Promise<Stream> {
    const { ffmpeg } = this;
    const codec = ffmpeg.Codec.findEncoderByName(name as FFEncoderCodec);
    if (!codec) throw new UserError(`cannot write ${this.#name}: this build of FFmpeg lacks ${name}`);
    const context = new ffmpeg.CodecContext();
    context.allocContext3(codec);
    this.#streams.push(context);
    prepare(context, codec);
    if (this.#format.oformat?.hasFlags(ffmpeg.AVFMT_GLOBALHEADER)) context.setFlags(ffmpeg.AV_CODEC_FLAG_GLOBAL_HEADER);
    this.#check(await context.open2(codec, ffmpeg.Dictionary.fromObject(options)));
    const stream = this.#format.newStream(codec);
    stream.timeBase = context.timeBase;
    stream.avgFrameRate = context.framerate;
    this.#check(stream.codecpar.fromContext(context));
    const packet = new ffmpeg.Packet();
    packet.alloc();
    const send = async (frame: Frame | null): Promise<void> => {
      this.#check(await context.sendFrame(frame));
      frame?.free();
      for (;;) {
        const code = await context.receivePacket(packet);
        if (code === ffmpeg.AVERROR_EAGAIN || code === ffmpeg.AVERROR_EOF) return;
        this.#check(code);
        packet.streamIndex = stream.index;
        packet.rescaleTs(context.timeBase, stream.timeBase);
        this.#check(await this.#format.interleavedWriteFrame(packet));
      }
    };
    return { context, send };
  }

  /** After all streams were added. */
  async start(options: Readonly<Record<string, string>>): Promise<void> {
    this.#check(await this.#format.openOutput());
    this.#check(await this.#format.writeHeader(this.ffmpeg.Dictionary.fromObject(options)));
  }

  /** After all streams were ended. */
  async finish(): Promise<void> {
    this.#check(await this.#format.writeTrailer());
    await this.free();
  }

  async free(): Promise<void> {
    for (const context of this.#streams.splice(0)) context.freeContext();
    await this.#format.closeOutput();
    this.#format.freeContext();
  }

  #check(code: number): number {
    return checked(this.ffmpeg, this.#name, code);
  }
}
