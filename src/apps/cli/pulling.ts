import type { HubName } from "../../host/node/hub/name.ts";
import { hubNameText } from "../../host/node/hub/name.ts";
import { type Pulled, type PullOptions, pull } from "../../host/node/hub/pull.ts";
import type { Context } from "./command.ts";
import { scaled } from "./table.ts";

/** Pulls a model and shows how far it is: one bar for all its files. */
export async function pullShown(
  name: HubName,
  options: Pick<PullOptions, "variant" | "only">,
  { display, signal }: Pick<Context, "display" | "signal">,
): Promise<Pulled> {
  const label = `pulling ${hubNameText(name)}`;
  const pace = new Pace();
  const pulling = pull(name, { ...options, signal });
  for (;;) {
    const { done: ended, value } = await pulling.next();
    if (ended) return value;
    const { done, total } = value;
    const speed = pace.of(done);
    display.progress({ done, total, label, unit: "B", ...(speed > 0 && { detail: `${scaled(speed, "B")}/s` }) });
  }
}

/** Milliseconds over which the pace is measured. */
const window = 5000;

/** How fast a number grows, of late. */
class Pace {
  readonly #seen: { readonly at: number; readonly done: number }[] = [];

  /** Per second. */
  of(done: number): number {
    const at = performance.now();
    this.#seen.push({ at, done });
    while (this.#seen.length > 2 && at - this.#seen[0]!.at > window) this.#seen.shift();
    const first = this.#seen[0]!;
    return at > first.at ? Math.max(0, Math.round(((done - first.done) / (at - first.at)) * 1000)) : 0;
  }
}
