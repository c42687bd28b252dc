import { modelBytes, node, valueInfo } from "../onnx/proto.ts";
import type { Host } from "./host.ts";
import { ndarray } from "./ndarray.ts";

/** More channels than any processor takes at a time. */
const channels = 64;

const known = new WeakMap<Host["session"], Promise<number | undefined>>();

/** Channels that ONNX Runtime's blocked convolutions take at a time on this processor; undefined where there are none. */
export function channelBlock(host: Host): Promise<number | undefined> {
  const found = known.get(host.session) ?? measure(host).catch(() => undefined);
  known.set(host.session, found);
  return found;
}

/** Looks how two pixels are arranged: the second's first channel follows the first's block. */
async function measure(host: Host): Promise<number | undefined> {
  const type = { shape: [1, channels, 1, 2], dtype: "f32" } as const;
  const session = await host.session(
    modelBytes({
      nodes: [node("ReorderInput", ["x"], "y", {}, "com.microsoft.nchwc")],
      initializers: [],
      inputs: [valueInfo("x", type)],
      outputs: [valueInfo("y", type)],
    }),
    { device: "cpu", threads: 1 },
  );
  const { y } = await session.run({
    x: ndarray(
      Float32Array.from({ length: 2 * channels }, (_, i) => i),
      type.shape,
    ),
  });
  await session.close();
  const block = (y!.data as Float32Array).indexOf(1);
  return block > 1 ? block : undefined;
}
