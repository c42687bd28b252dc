export { PatchDiscriminator, type PatchDiscriminatorConfig } from "./patch-discriminator.ts";
