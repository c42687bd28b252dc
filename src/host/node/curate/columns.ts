import { UserError } from "../../../errors.ts";
import type { ListOptions } from "../../../runtime/web-pictures.ts";

/** How data sets call the two columns, in the order in which they are looked for. */
const known = {
  url: ["url", "image_url", "img_url", "imageurl", "contenturl", "thumbnailurl", "link", "image", "src"],
  caption: ["caption", "text", "top_caption", "alt", "alt_text", "title", "description", "name"],
} as const;

/** The names of the columns with URL and caption. Throws a UserError that lists what there is. */
export function findColumns(
  names: readonly string[],
  { urlColumn, captionColumn }: ListOptions,
  list: string,
): { readonly url: string; readonly caption: string } {
  return { url: find("url", urlColumn), caption: find("caption", captionColumn) };

  function find(kind: keyof typeof known, given: string | undefined): string {
    const found =
      given === undefined
        ? known[kind].map((word) => names.find((name) => name.trim().toLowerCase() === word)).find((name) => name)
        : names.find((name) => name === given);
    if (found !== undefined) return found;
    const looked = given === undefined ? `no column for the ${kind}` : `no column ${given}`;
    const shown = names.slice(0, 12).map((name) => name.slice(0, 40));
    throw new UserError(`${list} has ${looked}: name one of ${shown.join(", ")} with --${kind}-column`);
  }
}

/** Whether a text is meant as an address of the web. */
export const looksLikeUrl = (text: string): boolean => /^\s*(https?:)?\/\//i.test(text);
