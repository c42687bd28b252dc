import { UsageError } from "../../../errors.ts";
import { hubNameText, parseHubName } from "../../../host/node/hub/name.ts";
import type { Context, Given } from "../command.ts";
import type { Options } from "../options.ts";
import { pullShown } from "../pulling.ts";
import { scaled } from "../table.ts";

export const usage = `pull OWNER/NAME[/FILE] [options]

Downloads what a model of the hub needs, checked against its hashes, into the cache that Python's
client uses too. What is there already stays; what was interrupted goes on. --model pulls by itself
what is not on this disk yet; pull also looks whether the hub has a newer commit.

The environment counts as for Python: HF_TOKEN, HF_ENDPOINT (a mirror), HF_HOME, HF_HUB_OFFLINE.

  latentkit pull stable-diffusion-v1-5/stable-diffusion-v1-5 --variant fp16
  latentkit pull openai/clip-vit-base-patch32
  latentkit pull owner/name/model.safetensors --revision v2`;

export const options = {
  revision: {
    type: "string",
    value: "NAME",
    help: "branch, tag or commit; then called owner/name@NAME (default main)",
  },
  variant: { type: "string", value: "NAME", help: "fp16: weights in half precision (default: full precision first)" },
} as const satisfies Options;

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const [text, ...more] = positionals;
  if (text === undefined || more.length > 0)
    throw new UsageError("name one model of the hub: latentkit pull OWNER/NAME");
  const named = parseHubName(text);
  if (!named) throw new UsageError(`${text} is no name of the hub: write owner/name, or owner/name/file.safetensors`);
  const revision = values.revision ?? named.revision;
  const name = parseHubName(hubNameText({ ...named, revision }));
  if (!name) throw new UsageError(`--revision ${revision} is not the name of a branch, a tag or a commit`);
  const { path, commit, files, bytes, downloaded } = await pullShown(name, { variant: values.variant }, context);
  const called = hubNameText(name);
  context.result(
    { name: called, commit, path, bytes, downloaded, files },
    `${called}: ${scaled(bytes, "B")} in ${files.length} files, ${scaled(downloaded, "B")} of them new\n${path}`,
  );
}
