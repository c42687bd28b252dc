/** What Node brings: files, ONNX Runtime, formats of pictures, videos and sound, data in threads, and the model that comes along. */
export { nodeHost } from "../node.ts";
export { openFetch } from "./curate/fetch.ts";
export { pairLists } from "./curate/lists.ts";
export { openLook } from "./curate/look.ts";
export { openSpool } from "./curate/spool.ts";
export { openData } from "./data.ts";
export { cachedModel } from "./hub/cache.ts";
export { listModels } from "./hub/list.ts";
export { parseHubName } from "./hub/name.ts";
export { pull } from "./hub/pull.ts";
export { hubSettings } from "./hub/settings.ts";
export { createTable, openTable } from "./lance/table.ts";
export { pocketFolder, pocketMusicFolder } from "./pocket.ts";
export { seePicture } from "./see.ts";
export { readSound, writeSound } from "./sound.ts";
export { openVideo } from "./video/open.ts";
export { walk } from "./walk.ts";
