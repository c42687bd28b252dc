import { UsageError } from "../../../errors.ts";
import { filesIn } from "../../../host/node/hub/cache.ts";
import { listModels } from "../../../host/node/hub/list.ts";
import { hubSettings } from "../../../host/node/hub/settings.ts";
import { pocketFolder } from "../../../host/node/pocket.ts";
import type { Context, Given } from "../command.ts";
import type { Options } from "../options.ts";
import { scaled, table } from "../table.ts";

export const usage = `list [options]

Shows the models that --model finds on this disk: the one that comes along, and those of the hub,
whether latentkit or a Python program downloaded them.

  latentkit list`;

export const options = {} as const satisfies Options;

export async function run({ positionals }: Given<typeof options>, { result }: Context): Promise<void> {
  if (positionals.length > 0) throw new UsageError("list takes no arguments; latentkit inspect MODEL shows one model");
  const { cache } = hubSettings();
  const pocket = [...(await filesIn(pocketFolder)).values()].reduce((a, b) => a + b, 0);
  const own = { name: "pocket", kind: "diffusion", bytes: pocket, whole: true, path: pocketFolder };
  const models = pocket > 0 ? [own, ...(await listModels())] : await listModels();
  const rows = models.map(({ name, kind, bytes, whole }) => [
    name,
    whole ? kind : `${kind}, in part`,
    scaled(bytes, "B"),
  ]);
  result({ cache, models }, table(["model", "kind", "size"], rows));
}
