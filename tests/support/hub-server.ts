import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type HubFiles = Readonly<Record<string, Uint8Array | string>>;

/** A request that came. */
export interface Request {
  /** `hub` or `store`, the other origin that large files are at. */
  readonly at: "hub" | "store";
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
  /** How often that path was asked for before. */
  readonly before: number;
}

/** What goes wrong with an answer. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection breaks after so many bytes, or goes silent. */
  readonly cut?: number;
  readonly silent?: number;
  /** Each byte is another. */
  readonly damaged?: boolean;
  /** Range requests are answered with everything. */
  readonly whole?: boolean;
  /** Milliseconds before each 1000 bytes. */
  readonly slow?: number;
  /** The size that is claimed in listings. */
  readonly size?: number;
}

export interface HubServer {
  readonly url: string;
  readonly requests: Request[];
  /** Commit of each repository by name. */
  commit(repo: string): string;
  close(): Promise<void>;
}

export interface HubServerOptions {
  /** Repositories by `owner/name`; may be changed later. */
  readonly repos: Record<string, HubFiles>;
  readonly fault?: (request: Request) => Fault | undefined;
  /** Entries of a page of a listing. */
  readonly page?: number;
}

const bytesOf = (data: Uint8Array | string): Uint8Array =>
  typeof data === "string" ? new TextEncoder().encode(data) : data;

const isLarge = (path: string): boolean => /\.(safetensors|bin|ckpt)$/.test(path);

export const sha256 = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex");

/** The id that git gives a file. */
export const gitHash = (data: Uint8Array | string): string =>
  createHash("sha1")
    .update(`blob ${bytesOf(data).length}\0`)
    .update(data)
    .digest("hex");

/** A hub on loopback: the parts of its API that clients use, with large files behind a redirection to another origin. */
export async function startHub({ repos, fault = () => undefined, page = 1000 }: HubServerOptions): Promise<HubServer> {
  const requests: Request[] = [];
  const commit = (repo: string): string =>
    createHash("sha1")
      .update(JSON.stringify(Object.entries(repos[repo]!).map(([p, d]) => [p, sha256(d)])))
      .digest("hex");

  const listen = async (at: Request["at"], answer: (url: URL, request: IncomingMessage, out: Out) => void) => {
    const server = createServer((request, response) => {
      const url = new URL(request.url!, "http://127.0.0.1");
      const { authorization, range } = request.headers;
      const before = requests.filter((other) => other.at === at && other.path === url.pathname).length;
      const noted = { at, path: url.pathname, authorization, range, before };
      requests.push(noted);
      const out = new Out(response, range, fault(noted) ?? {});
      if (out.fault.status) out.end(out.fault.status, out.fault.headers ?? {}, "");
      else answer(url, request, out);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };

  const store = await listen("store", (url, _, out) => {
    const [, hash] = url.pathname.split("/");
    const all = Object.values(repos).flatMap((files) => Object.values(files));
    const data = all.find((file) => sha256(file) === hash);
    if (data === undefined) out.end(404, {}, "");
    else out.file(bytesOf(data));
  });

  const hub = await listen("hub", (url, request, out) => {
    const [, api] = /^\/api\/models\/(.*)$/.exec(url.pathname) ?? [];
    const [, repo, rest = ""] = /^\/?([^/]+\/[^/]+)\/(.*)$/.exec(api ?? url.pathname) ?? [];
    const files = repos[repo ?? ""];
    if (!files) return out.end(request.headers.authorization ? 404 : 401, { "X-Error-Code": "RepoNotFound" }, "");
    const [kind, revision] = rest.split("/");
    const sha = commit(repo!);
    if (!["main", "v1", sha].includes(revision!)) return out.end(404, { "X-Error-Code": "RevisionNotFound" }, "");
    if (kind === "revision") {
      const siblings = Object.keys(files).map((rfilename) => ({ rfilename }));
      return out.json({ _id: "1", id: repo, sha, lastModified: "2026-01-01T00:00:00.000Z", siblings });
    }
    if (kind === "tree") {
      const start = Number(url.searchParams.get("cursor") ?? 0);
      const entries = Object.entries(files).slice(start, start + page);
      const next = new URL(`${hub.url}${url.pathname}?recursive=true&cursor=${start + page}`);
      const more = start + page < Object.keys(files).length;
      return out.json(
        entries.map(([path, data]) => {
          const size = out.fault.size ?? bytesOf(data).length;
          const lfs = isLarge(path) ? { lfs: { oid: sha256(data), size, pointerSize: 130 } } : {};
          return { type: "file", path, size, oid: gitHash(data), ...lfs };
        }),
        more ? { Link: `<${next}>; rel="next"` } : {},
      );
    }
    const path = decodeURIComponent(rest.split("/").slice(2).join("/"));
    const data = files[path];
    if (data === undefined) return out.end(404, { "X-Error-Code": "EntryNotFound" }, "");
    const known = { "X-Repo-Commit": sha, ETag: `"${gitHash(data)}"` };
    if (!isLarge(path)) return out.file(bytesOf(data), known);
    const linked = { "X-Linked-ETag": `"${sha256(data)}"`, "X-Linked-Size": String(bytesOf(data).length) };
    out.end(302, { ...known, ...linked, Location: `${store.url}/${sha256(data)}` }, "");
  });

  return {
    url: hub.url,
    requests,
    commit,
    async close() {
      for (const { server } of [hub, store]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

/** An answer in the making, with what goes wrong with it. */
class Out {
  readonly fault: Fault;
  readonly #response: ServerResponse;
  readonly #range: string | undefined;

  constructor(response: ServerResponse, range: string | undefined, fault: Fault) {
    this.#response = response;
    this.#range = range;
    this.fault = fault;
  }

  end(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    this.#response.writeHead(status, headers);
    this.#response.end(body);
  }

  json(value: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.end(200, { "Content-Type": "application/json", ...headers }, JSON.stringify(value));
  }

  file(data: Uint8Array, headers: Readonly<Record<string, string>> = {}): void {
    const { whole = false, damaged = false } = this.fault;
    const start = whole ? 0 : Number(/^bytes=(\d+)-$/.exec(this.#range ?? "")?.[1] ?? 0);
    const part = data.slice(start);
    const partial = start > 0 ? { "Content-Range": `bytes ${start}-${data.length - 1}/${data.length}` } : {};
    this.#response.writeHead(start > 0 ? 206 : 200, {
      "Content-Length": String(part.length),
      "Accept-Ranges": "bytes",
      ...partial,
      ...headers,
    });
    this.#send(damaged ? part.map((byte) => byte ^ 255) : part);
  }

  async #send(part: Uint8Array): Promise<void> {
    const { cut, silent, slow } = this.fault;
    const response = this.#response;
    if (cut === undefined && silent === undefined && slow === undefined) return void response.end(part);
    for (let at = 0; at < part.length; at += 1000) {
      if (slow !== undefined) await new Promise((resolve) => setTimeout(resolve, slow));
      const stop = cut ?? silent ?? Number.POSITIVE_INFINITY;
      await new Promise<void>((resolve) =>
        response.write(part.subarray(at, Math.min(at + 1000, stop)), () => resolve()),
      );
      if (at + 1000 < stop) continue;
      // What is written first has to leave the socket.
      if (cut !== undefined) setTimeout(() => response.destroy(), 10);
      return;
    }
    response.end();
  }
}
