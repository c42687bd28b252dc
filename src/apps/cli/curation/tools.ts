import { availableParallelism } from "node:os";
import { openFetch } from "../../../host/node/curate/fetch.ts";
import { openLook } from "../../../host/node/curate/look.ts";
import { openSpool } from "../../../host/node/curate/spool.ts";
import type { ClipModel } from "../../../pipelines/clip/clip.ts";
import { readHead } from "../../../pipelines/clip/head.ts";
import { Comparer } from "../../../pipelines/curate/comparer.ts";
import type { Curation } from "../../../pipelines/curate/curation.ts";
import { Limit } from "../../../pipelines/curate/limit.ts";
import type { Tools } from "../../../pipelines/curate/tools.ts";

/** Opens what shards are made with: connections, threads, heads. Closing it closes the model too. */
export async function openTools({ host, options, fetching }: Curation, model: ClipModel): Promise<Tools> {
  const headModel = { digest: options.model.digest, width: model.config.projection };
  const head = (path: string | undefined) => (path === undefined ? undefined : readHead(host, path, headModel));
  const [aesthetic, safety] = await Promise.all([head(options.aesthetic), head(options.safety)]);
  const { minSize, maxAspect, resize, size, format } = options;
  const { preprocessing } = model;
  const looking = openLook({ minSize, maxAspect, resize, size, format, preprocessing }, availableParallelism());
  const connections = openFetch(fetching);
  return {
    fetch: connections.fetch,
    look: looking.look,
    compare: new Comparer(model).compare,
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
