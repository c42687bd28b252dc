import { resolve } from "node:path";
import { UserError } from "../../../errors.ts";
import { openTable } from "../../../host/node/lance/table.ts";
import { nodeHost } from "../../../host/node.ts";
import { ClipModel } from "../../../pipelines/clip/clip.ts";
import type { DeviceOptions } from "../../../pipelines/model/diffusion-model.ts";
import { checkModel, type IndexModel, modelDigest } from "../../../pipelines/search/table.ts";
import type { Host } from "../../../runtime/host.ts";
import type { VectorTable } from "../../../runtime/vector-table.ts";
import type { ModelChoices } from "../../../weights/model-directory.ts";
import type { Context } from "../command.ts";
import { modelFolder } from "../files.ts";

/** The model that a command line names. */
export interface GivenModel {
  readonly name: string | undefined;
  choices(host: Host): Promise<ModelChoices>;
  readonly engine: DeviceOptions;
}

/** A CLIP, and what an index keeps of it. */
export interface OpenedModel {
  readonly host: Host;
  readonly model: ClipModel;
  readonly identity: IndexModel;
}

/** Opens the model that was named, or else `otherwise`. */
export async function openModel(
  { name, choices: given, engine }: GivenModel,
  otherwise: string,
  context: Context,
): Promise<OpenedModel> {
  const host = nodeHost();
  const chosen = name ?? otherwise;
  const folder = await modelFolder(host, chosen, context);
  const choices = await given(host);
  const digest = await modelDigest(host, folder, choices);
  const model = await ClipModel.open(host, folder, { ...engine, ...choices });
  for (const note of model.notes) context.display.note(note);
  // A path is kept so that it holds from other folders too.
  return { host, model, identity: { name: chosen === folder ? resolve(folder) : chosen, digest } };
}

/** A folder by its whole path; a URI as it is. */
export const placeOf = (index: string): string => (/^\w+:\/\//.test(index) ? index : resolve(index));

/** The index that was named. Throws a UserError where there is none. */
export async function openIndex(index: string): Promise<VectorTable> {
  const table = await openTable(placeOf(index));
  if (!table)
    throw new UserError(`there is no index in ${index}: make one with latentkit index build FOLDER --into ${index}`);
  return table;
}

/** An index and its model, or the one that was named if that has the same weights. */
export async function openWithModel(
  index: string,
  given: GivenModel,
  context: Context,
): Promise<OpenedModel & { readonly table: VectorTable }> {
  const table = await openIndex(index);
  const opened = await openModel(given, table.about.model ?? "pocket", context);
  checkModel(table, opened.identity);
  return { ...opened, table };
}
