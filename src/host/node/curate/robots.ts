/** What pages say who do not want to be learned from. */
const refusals: ReadonlySet<string> = new Set(["noai", "noimageai", "noindex", "noimageindex"]);

/** Rules with a value: what stands before their colon is no program's name. */
const valued: ReadonlySet<string> = new Set([
  "unavailable_after",
  "max-snippet",
  "max-image-preview",
  "max-video-preview",
]);

/** Whether headers X-Robots-Tag refuse this program: all programs, or it by its name (`latentkit: noai`). */
export function isRefused(tags: string | readonly string[] | undefined, agent: string): boolean {
  return [tags ?? []].flat().some((tag) => {
    // "noai, other: noindex, nofollow": a name holds for all that follows it.
    let concerned = true;
    return tag.split(",").some((part) => {
      const colon = part.indexOf(":");
      const name = part.slice(0, Math.max(0, colon)).trim().toLowerCase();
      if (colon >= 0 && !valued.has(name)) concerned = name === agent;
      return (
        concerned &&
        refusals.has(
          part
            .slice(colon + 1)
            .trim()
            .toLowerCase(),
        )
      );
    });
  });
}
