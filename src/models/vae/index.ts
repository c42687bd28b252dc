export { Autoencoder, type Posterior } from "./autoencoder.ts";
export { type AutoencoderConfig, autoencoderConfigToJson, parseAutoencoderConfig } from "./config.ts";
