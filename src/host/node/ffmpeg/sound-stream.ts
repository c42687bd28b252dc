import type { Sound } from "../../../audio/sound.ts";
import type { Muxer, Stream } from "./muxer.ts";

export interface SoundCodec {
  readonly codec: "aac" | "libopus" | "libmp3lame" | "flac" | "libvorbis";
  /** Bits a second. */
  readonly bitRate?: number;
  /** For codecs that choose the bits themselves, in their own scale. */
  readonly quality?: number;
}

/** Encodes a track piece by piece, at a rate and in channels that the codec has. */
export class SoundStream {
  readonly #muxer: Muxer;
  readonly #sound: Sound;
  readonly #stream: Stream;
  readonly #resampler;
  readonly #fifo;
  readonly #planes: number;
  /** Samples of the track that were taken. */
  #taken = 0;
  #sent = 0;

  private constructor(muxer: Muxer, sound: Sound, stream: Stream) {
    const { ffmpeg } = muxer;
    const { context } = stream;
    const { channelLayout, sampleFormat, sampleRate } = context;
    this.#muxer = muxer;
    this.#sound = sound;
    this.#stream = stream;
    this.#planes = ffmpeg.avSampleFmtIsPlanar(sampleFormat) ? channelLayout.nbChannels : 1;
    this.#resampler = new ffmpeg.SoftwareResampleContext();
    const given = ffmpeg.avChannelLayoutDefault(sound.channels.length);
    this.#resampler.allocSetOpts2(
      channelLayout,
      sampleFormat,
      sampleRate,
      given,
      ffmpeg.AV_SAMPLE_FMT_FLTP,
      sound.sampleRate,
    );
    this.#resampler.init();
    this.#fifo = new ffmpeg.AudioFifo();
    this.#fifo.alloc(sampleFormat, channelLayout.nbChannels, sampleRate);
  }

  static async add(muxer: Muxer, sound: Sound, { codec, bitRate, quality }: SoundCodec): Promise<SoundStream> {
    const { ffmpeg } = muxer;
    const stream = await muxer.add(codec, {}, (context, { sampleFormats, supportedSamplerates }) => {
      const rates = supportedSamplerates ?? [];
      context.sampleRate = nearest(rates, sound.sampleRate);
      context.sampleFormat = sampleFormats![0]!;
      context.channelLayout = ffmpeg.avChannelLayoutDefault(Math.min(2, sound.channels.length));
      context.timeBase = new ffmpeg.Rational(1, context.sampleRate);
      if (bitRate !== undefined) context.bitRate = BigInt(bitRate);
      if (quality === undefined) return;
      context.setFlags(ffmpeg.AV_CODEC_FLAG_QSCALE);
      context.globalQuality = quality * ffmpeg.FF_QP2LAMBDA;
    });
    return new SoundStream(muxer, sound, stream);
  }

  /** Encodes what is heard until then, from the start of the sound. */
  async until(seconds: number): Promise<void> {
    const { channels, sampleRate } = this.#sound;
    const end = Math.min(Math.round(seconds * sampleRate), channels[0]!.length);
    while (this.#taken < end) {
      const next = Math.min(end, this.#taken + sampleRate);
      const piece = channels.map((samples) => bytesOf(samples.subarray(this.#taken, next)));
      this.#resample(piece, next - this.#taken);
      this.#taken = next;
      await this.#encode(this.#frameSize);
    }
  }

  async finish(): Promise<void> {
    this.#resample(null, 0);
    await this.#encode(this.#frameSize);
    if (this.#fifo.size > 0) await this.#encode(this.#fifo.size);
    await this.#stream.send(null);
    this.#resampler.free();
    this.#fifo.free();
  }

  /** Samples of a frame; some codecs take any number. */
  get #frameSize(): number {
    return this.#stream.context.frameSize || 4096;
  }

  #resample(piece: Buffer[] | null, count: number): void {
    const room = this.#resampler.getOutSamples(count);
    if (room <= 0) return;
    const out = this.#buffers(room);
    const made = this.#resampler.convertSync(out, room, piece, count);
    if (made > 0) this.#fifo.writeSync(out, made);
  }

  async #encode(size: number): Promise<void> {
    const { ffmpeg } = this.#muxer;
    const { channelLayout, sampleFormat, sampleRate } = this.#stream.context;
    while (this.#fifo.size >= size && size > 0) {
      const planes = this.#buffers(size);
      this.#fifo.readSync(planes, size);
      const format = { format: sampleFormat, sampleRate, channelLayout, nbSamples: size, pts: BigInt(this.#sent) };
      await this.#stream.send(
        ffmpeg.Frame.fromAudioBuffer(Buffer.concat(planes), { ...format, timeBase: { num: 1, den: sampleRate } }),
      );
      this.#sent += size;
    }
  }

  #buffers(samples: number): Buffer[] {
    const { channelLayout, sampleFormat } = this.#stream.context;
    const each = this.#muxer.ffmpeg.avGetBytesPerSample(sampleFormat) * (channelLayout.nbChannels / this.#planes);
    return Array.from({ length: this.#planes }, () => Buffer.alloc(samples * each));
  }
}

const bytesOf = (samples: Float32Array): Buffer => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

/** The least of a codec's rates that loses nothing, or the highest; some have all. */
const nearest = (rates: readonly number[], rate: number): number => {
  if (rates.length === 0) return rate;
  const enough = rates.filter((known) => known >= rate);
  return enough.length > 0 ? Math.min(...enough) : Math.max(...rates);
};
