import { type Latents, rows, stack } from "../../diffusion/index.ts";
import type { AutoencoderConfig } from "../../models/vae/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { autoencoderKeys } from "../../weights/dialects.ts";
import { coarseDecoder, coarseEncoder, type Encoded, type Half, tile, tileSums } from "./autoencoder-graphs.ts";
import type { Network, Networks } from "./networks.ts";
import { coreOf, inTiles, type Tiling, tilesOf } from "./tiles.ts";

/** Pixels of a tile's side. */
const tileSize = 256;

/** Bytes of the largest array of a network's finest level above which pictures are taken in tiles. */
const largest = 2 ** 29;

/**
 * An autoencoder for pictures whose finest level does not fit into memory. That level is computed in tiles, the coarser
 * ones and their attention whole. A tile sees as far around itself as convolutions reach; what reaches further, mean and
 * variance of the group norms, is counted over all tiles first, norm by norm. So the result is the whole picture's but for
 * rounding, at two to three times the operations.
 */
export class LargePictures {
  readonly #networks: Networks;
  readonly #config: AutoencoderConfig;
  readonly #wrap: boolean;

  /** `wrap`: what lies beyond an edge is the opposite edge. */
  constructor(networks: Networks, config: AutoencoderConfig, wrap: boolean) {
    this.#networks = networks;
    this.#config = config;
    this.#wrap = wrap;
  }

  /** Whether pictures of a size, in pixels, had better be taken in tiles. */
  areLarge(height: number, width: number): boolean {
    return 4 * height * width * this.#config.levels[1]! > largest;
  }

  /** Pictures (n channels h w) in [−1, 1] of latents (n c h w). */
  async decode(latents: Latents): Promise<Latents> {
    const coarse = this.#network("coarse decoder", () => coarseDecoder(this.#config), this.#wrap);
    // Beside two convolutions for each residual block there are the one that doubles and the last.
    const context = 2 * Math.ceil((this.#config.layers + 2) / 2);
    const pictures: Latents[] = [];
    for (const one of rows(latents)) {
      const { x } = await this.#networks.run(coarse, { latents: one });
      await this.#networks.release(coarse);
      pictures.push(await this.#inTiles("decoder", x as Latents, { core: tileSize / 2, context, scale: 2 }));
    }
    return stack(pictures);
  }

  /** The posterior of the latents of a picture (1 channels h w) in [−1, 1]. */
  async encode(picture: Latents): Promise<Encoded> {
    // Beside two convolutions for each residual block there are the first and the one that halves.
    const context = 2 * (this.#config.layers + 2);
    const y = await this.#inTiles("encoder", picture, { core: tileSize, context, scale: 1 / 2 });
    const coarse = this.#network("coarse encoder", () => coarseEncoder(this.#config), this.#wrap);
    return (await this.#networks.run(coarse, { y })) as unknown as Encoded;
  }

  async #inTiles(half: Half, x: Latents, sizes: Omit<Tiling, "wrap">): Promise<Latents> {
    const tiling = { ...sizes, wrap: this.#wrap };
    const network = this.#network(`${half} tile`, () => tile(this.#config, half), false);
    const known = await this.#moments(half, x, tiling);
    return inTiles(x, tiling, async (part) => {
      return (await this.#networks.run(network, { x: part, ...known })).y as Latents;
    });
  }

  /** Mean and variance (2 groups) of what each group norm sees of the whole picture, one after the other. */
  async #moments(half: Half, x: Latents, tiling: Tiling): Promise<Record<string, Latents>> {
    const known: Record<string, Latents> = {};
    // The norms see the picture's size, and so does the encoder's x.
    const scale = half === "decoder" ? 2 : 1;
    for (const [k, { name }] of tile(this.#config, half).norms.entries()) {
      const counting = this.#network(`${half} sums ${k}`, () => tileSums(this.#config, half, k), false);
      let total: Float64Array | undefined;
      for (const one of tilesOf(x, tiling)) {
        const inputs = { x: one.part, counted: coreOf(one, scale), ...known };
        const sums = (await this.#networks.run(counting, inputs)).sums as Latents;
        total = Float64Array.from(sums.data, (value, i) => value + (total?.[i] ?? 0));
      }
      await this.#networks.release(counting);
      known[name] = moments(total!);
    }
    return known;
  }

  #network(name: string, build: Network["build"], circular: boolean): Network {
    return { name, part: "vae", dialect: autoencoderKeys, circular, build };
  }
}

/** Mean and variance (2 groups) from number, sum and sum of squares (3 groups). */
function moments(sums: Float64Array): Latents {
  const groups = sums.length / 3;
  const of = (row: number, group: number): number => sums[row * groups + group]!;
  const means = Array.from({ length: groups }, (_, g) => of(1, g) / of(0, g));
  const variances = means.map((mean, g) => Math.max(of(2, g) / of(0, g) - mean ** 2, 0));
  return ndarray(Float32Array.from([...means, ...variances]), [2, groups]);
}
