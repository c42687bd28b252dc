import { UserError } from "../errors.ts";
import type { Host } from "../runtime/host.ts";
import { readHeader, readTensor, toStore, writeSafetensors } from "../weights/safetensors.ts";
import type { TrainState } from "./state.ts";

const kind = "latentkit training state 1";

/** Writes a run's whole state to one file; a reader sees the old one or the whole new one. */
export async function saveState(host: Host, path: string, state: TrainState, fingerprint: string): Promise<void> {
  const tensors = new Map(Object.entries(state.arrays).map(([name, array]) => [name, toStore(array)]));
  await writeSafetensors(host, path, tensors, { kind, step: String(state.step), config: fingerprint });
}

/** Reads a state back, bit for bit. Throws a UserError when the file is none or belongs to another config. */
export async function loadState(host: Host, path: string, fingerprint: string): Promise<TrainState> {
  if (!(await host.exists(path))) {
    throw new UserError(`${path} does not exist, so there is nothing to resume: start without --resume`);
  }
  const source = await host.open(path);
  const { tensors, metadata } = await readHeader(source);
  if (metadata.kind !== kind) throw new UserError(`${path} is not a training state`);
  if (metadata.config !== fingerprint) {
    throw new UserError(`${path} was made with another config: resume with that one, or train into another folder`);
  }
  const arrays: TrainState["arrays"] = {};
  for (const [name, tensor] of tensors) arrays[name] = await readTensor(source, tensor);
  return { step: Number(metadata.step), arrays };
}
