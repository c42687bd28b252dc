import { type Latents, rows, stack } from "../../diffusion/index.ts";
import type { AutoencoderConfig } from "../../models/vae/index.ts";
import { autoencoderKeys } from "../../weights/dialects.ts";
import { coarseDecoder, coarseEncoder, type Encoded, type Half, tile, tileStatistics } from "./autoencoder-graphs.ts";
import type { Network, Networks } from "./networks.ts";
import { inTiles, type Tiling, thinned } from "./tiles.ts";

/** Pixels of a tile's side. */
const tileSize = 256;

/** Bytes of the largest array of a network's finest level above which pictures are taken in tiles. */
const largest = 2 ** 29;

/**
 * An autoencoder for pictures whose finest level does not fit into memory. That level is computed in tiles, the coarser
 * ones and their attention whole. A tile sees as far around itself as convolutions reach; what reaches further, mean and
 * variance of the group norms, is learned from a thinned picture and the same for all tiles. So tiles meet without a seam.
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

  async #inTiles(half: Half, x: Latents, tiling: Omit<Tiling, "wrap">): Promise<Latents> {
    const [h, w] = x.shape.slice(2) as [number, number];
    const step = Math.ceil(Math.max(h, w) / (tiling.core + 2 * tiling.context));
    const learning = this.#network(`${half} statistics`, () => tileStatistics(this.#config, half), this.#wrap);
    const statistics = await this.#networks.run(learning, { x: thinned(x, step) });
    const network = this.#network(`${half} tile`, () => tile(this.#config, half), false);
    return inTiles(x, { ...tiling, wrap: this.#wrap }, async (part) => {
      return (await this.#networks.run(network, { x: part, ...statistics })).y as Latents;
    });
  }

  #network(name: string, build: Network["build"], circular: boolean): Network {
    return { name, part: "vae", dialect: autoencoderKeys, circular, build };
  }
}
