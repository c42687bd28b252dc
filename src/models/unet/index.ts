export { parseUNetConfig, type UNetConfig, type UNetLevel, unetConfigToJson } from "./config.ts";
export { UNet } from "./unet.ts";
