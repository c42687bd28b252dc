import { availableParallelism } from "node:os";
import { openFetch } from "../../../host/node/curate/fetch.ts";
import { openLook } from "../../../host/node/curate/look.ts";
import { openSpool } from "../../../host/node/curate/spool.ts";
import type { ClipModel } from "../../../pipelines/clip/clip.ts";
import { readHead } from "../../../pipelines/clip/head.ts";
import { Comparer } from "../../../pipelines/curate/comparer.ts";
import type { Curation } from "../../../pipelines/curate/curation.ts";
import type { Tools } from "../../../pipelines/curate/tools.ts";
import { Limit } from "../../../runtime/limit.ts";

/** Opens what shards are made with: connections, threads, heads. Closing it closes the model too. */
export async function openTools({ host, options, fetching }: Curation, model: ClipModel): Promise<Tools> {
  const headModel = { digest: options.model.digest, width: model.config.projection };
  const head = (path: string | undefined) => (path === undefined ? undefined : readHead(host, path, headModel));
  const [aesthetic, safety] = await Promise.all([head(options.aesthetic), head(options.safety)]);
  const { minSize, maxAspect, resize, size, format } = options;
  const { preprocessing } = model;
  const { imageSize } = model.config.vision;
  const { compare } = new Comparer(model);
  const [looking] = await Promise.all([
    openLook({ minSize, maxAspect, resize, size, format, preprocessing }, availableParallelism()),
    // Compiled while downloads are waited for, it would keep them waiting beyond their time.
    compare(new Float32Array(3 * imageSize ** 2), [1, 3, imageSize, imageSize], ""),
  ]);
  const connections = openFetch(fetching);
  return {
    fetch: connections.fetch,
    look: looking.look,
    compare,
    spool: openSpool,
    aesthetic,
    safety,
    limit: new Limit(fetching.inFlight),
    now: Date.now,
    async close() {
      await Promise.all([connections.close(), looking.close(), model.close()]);
    },
  };
}
