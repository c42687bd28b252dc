export { parseTrunkConfig, Trunk, type TrunkConfig, trunkConfigToJson } from "./trunk.ts";
