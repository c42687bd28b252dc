import type { DeviceOptions } from "../../pipelines/model/diffusion-model.ts";
import { choice, type Options, wholeNumber } from "./options.ts";

/** Options of every command that runs a model. */
export const engineOptions = {
  model: {
    type: "string",
    value: "NAME",
    help: "pocket, which comes along; a folder or file of your own; or owner/name of the hub (default pocket)",
  },
  device: { type: "string", value: "NAME", help: "cpu, webgpu or cuda (default cpu)" },
  threads: { type: "string", value: "N", help: "threads of the CPU (default: one for each core)" },
} as const satisfies Options;

export function engineOf(values: {
  readonly device: string | undefined;
  readonly threads: string | undefined;
}): DeviceOptions {
  const device = choice("device", values.device, ["cpu", "webgpu", "cuda"]);
  const threads = wholeNumber("threads", values.threads, { least: 1, most: 1024 });
  return { ...(device && { device }), ...(threads !== undefined && { threads }) };
}
