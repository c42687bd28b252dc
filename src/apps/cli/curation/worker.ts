import { UserError } from "../../../errors.ts";
import { nodeHost } from "../../../host/node.ts";
import { openCuration } from "../../../pipelines/curate/curation.ts";
import { ShardWorker } from "../../../pipelines/curate/shared.ts";
import type { DeviceOptions } from "../../../pipelines/model/diffusion-model.ts";
import type { Context } from "../command.ts";
import { openModel } from "../search/open.ts";
import { openTools } from "./tools.ts";

/** Makes shards of data sets by the models that these were begun with; `told` hears of each. */
export function shardWorker(engine: DeviceOptions, told: (made: string) => void, context: Context): ShardWorker {
  const open = async (out: string) => {
    const curation = await openCuration(nodeHost(), out);
    const { name, digest } = curation.options.model;
    const { model, identity } = await openModel({ name, choices: async () => ({}), engine }, name, context);
    if (identity.digest === digest) return { curation, tools: await openTools(curation, model) };
    await model.close();
    throw new UserError(`${out} is measured by another ${name} than this machine has: give all the same files`);
  };
  return new ShardWorker(open, told);
}
