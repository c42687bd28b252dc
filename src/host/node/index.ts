/** What Node brings: files, ONNX Runtime, picture formats, data in threads, and the model that comes along. */
export { nodeHost } from "../node.ts";
export { openData } from "./data.ts";
export { pocketFolder } from "./pocket.ts";
