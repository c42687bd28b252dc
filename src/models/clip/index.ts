export { Clip, unit } from "./clip.ts";
export { type ClipConfig, type ClipTextConfig, type ClipVisionConfig, patchesOf, type TowerConfig } from "./config.ts";
export { clipConfigToJson, clipTextConfigToJson, parseClipConfig, parseClipTextConfig } from "./json.ts";
export { ClipText, type TextStates, TextTower } from "./text.ts";
export { type VisionStates, VisionTower } from "./vision.ts";
