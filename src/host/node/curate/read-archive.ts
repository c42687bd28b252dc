import { Parser } from "htmlparser2";
import type { ListedPair, ListOptions, UnreadableLine } from "../../../runtime/web-pictures.ts";
import { headerOf, type WarcRecord, warcRecords } from "./warc.ts";

/** The images of web archives whose pages say what they show: `<img src alt>`. */
export async function* readArchive(path: string, _options: ListOptions): AsyncGenerator<ListedPair | UnreadableLine> {
  for await (const record of warcRecords(path)) {
    const page = record.headers.get("warc-target-uri") ?? "";
    const type = record.headers.get("warc-type");
    if (type !== "response" && type !== "metadata") continue;
    if (!record.body) yield { where: `${path}: ${page}`, problem: "page too long" };
    else yield* type === "response" ? imagesOnPage(record, page) : imagesInMetadata(record.body, page);
  }
}

/** Of a response: HTTP headers, an empty line, HTML. */
function imagesOnPage({ body }: WarcRecord, page: string): ListedPair[] {
  const end = body!.indexOf("\r\n\r\n");
  if (end < 0) return [];
  const headers = new Map(body!.toString("latin1", 0, end).split("\r\n").flatMap(headerOf));
  const type = headers.get("content-type") ?? "";
  if (!/html/i.test(type)) return [];
  const html = body!.subarray(end + 4);
  return imagesIn(decoded(html, /charset=["']?([\w-]+)/i.exec(type)?.[1]), page);
}

/** Text in the encoding that the headers or the page itself tell, or else UTF-8. */
function decoded(html: Buffer, told: string | undefined): string {
  const charset = told ?? /<meta[^>]{0,200}charset=["']?([\w-]+)/i.exec(html.toString("latin1", 0, 1024))?.[1];
  try {
    return new TextDecoder(charset ?? "utf-8").decode(html);
  } catch {
    return html.toString("utf8");
  }
}

export function imagesIn(html: string, page: string): ListedPair[] {
  const pairs: ListedPair[] = [];
  let base = page;
  const parser = new Parser({
    onopentag(name, { src, alt, href }) {
      if (name === "base" && href !== undefined) base = absolute(href, page) ?? page;
      if (name !== "img" || !src || !alt) return;
      const url = absolute(src, base);
      if (url !== undefined) pairs.push({ url, caption: alt });
    },
  });
  parser.end(html);
  return pairs;
}

interface WatLink {
  readonly path?: unknown;
  readonly url?: unknown;
  readonly alt?: unknown;
}

/** Of a WAT record: links as JSON, those of images marked "IMG@/src". */
function imagesInMetadata(body: Buffer, page: string): ListedPair[] {
  const html = htmlMetadata(body.toString("utf8"));
  const links = Array.isArray(html?.Links) ? (html.Links as WatLink[]) : [];
  const head = html?.Head as { Base?: unknown } | undefined;
  const base = typeof head?.Base === "string" ? (absolute(head.Base, page) ?? page) : page;
  return links.flatMap(({ path, url, alt }) => {
    if (path !== "IMG@/src" || typeof url !== "string" || typeof alt !== "string" || alt === "") return [];
    const full = absolute(url, base);
    return full === undefined ? [] : [{ url: full, caption: alt }];
  });
}

function htmlMetadata(text: string): Readonly<Record<string, unknown>> | undefined {
  type Level = Readonly<Record<string, unknown>> | undefined;
  try {
    let level = JSON.parse(text) as Level;
    for (const name of ["Envelope", "Payload-Metadata", "HTTP-Response-Metadata", "HTML-Metadata"])
      level = level?.[name] as Level;
    return level;
  } catch {
    return undefined;
  }
}

function absolute(url: string, base: string): string | undefined {
  try {
    return new URL(url, base).href;
  } catch {
    return undefined;
  }
}
