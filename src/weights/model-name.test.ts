import { expect, it } from "vitest";
import { modelName } from "./model-name.ts";

const cache = "/home/me/.cache/huggingface/hub/models--me--my--model/snapshots/0123456789";

it.each([
  ["models/pocket", "pocket"],
  ["pocket", "pocket"],
  ["/data/v1-5-pruned.ckpt", "v1-5-pruned.ckpt"],
  [cache, "me/my--model"],
  [`${cache}/deep/a.safetensors`, "me/my--model/deep/a.safetensors"],
])("calls %s %s", (path, name) => expect(modelName(path)).toBe(name));
