import { fileURLToPath } from "node:url";

/** Folder of the model of music that comes with the package. */
export const pocketMusicFolder: string = fileURLToPath(new URL("../../../models/pocket-music", import.meta.url));

/** Folder of the model that comes with the package, beside `src` or `dist`. */
export const pocketFolder: string = fileURLToPath(new URL("../../../models/pocket", import.meta.url));
