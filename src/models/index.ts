/** Networks by their checkpoints' names: architecture and configuration, no data. */
export * from "./clip/index.ts";
export * from "./discriminator/index.ts";
export * from "./unet/index.ts";
export * from "./vae/index.ts";
