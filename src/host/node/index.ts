/** What Node brings: files, ONNX Runtime, picture formats, data in threads, and the model that comes along. */
import { fileURLToPath } from "node:url";

export { nodeHost } from "../node.ts";
export { openData } from "./data.ts";

/** Folder of the model in the package. */
export const pocketFolder: string = fileURLToPath(new URL("../../../models/pocket", import.meta.url));
