import { setMaxListeners } from "node:events";
import { stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Agent, buildConnector, type Dispatcher, request } from "undici";
import type { Fetch, FetchOptions } from "../../../runtime/web-pictures.ts";
import { openFile } from "../files.ts";
import { checkLiteral, guardedLookup, PrivateAddressError } from "./addresses.ts";
import { isRefused } from "./robots.ts";

/** Addresses that a URL may lead through. */
const mostRedirects = 5;
/** Seconds before the second attempt; twice as many before each further one. */
const firstPause = 0.5;
/** Seconds for which a server may ask to be left alone and still be asked again. */
const longestPause = 30;

const agentName = "latentkit";

/** Why there is no file: in few words, and whether it is worth another attempt. */
class Refusal extends Error {
  readonly again: boolean;
  /** Seconds after which the server wants to be asked. */
  readonly after: number;

  constructor(reason: string, { again = false, after = 0 } = {}) {
    super(reason);
    this.again = again;
    this.after = after;
  }
}

/** Gets files from the web, and those of local pairs from the disk. */
export function openFetch(options: FetchOptions): { readonly fetch: Fetch; close(): Promise<void> } {
  const { allowPrivate, timeout, inFlight } = options;
  const lookup = guardedLookup(allowPrivate);
  const connectTo = buildConnector({ timeout: 1000 * timeout, lookup } as buildConnector.BuildOptions);
  const agent = new Agent({
    connections: inFlight,
    connect: (target, done) => {
      try {
        if (!allowPrivate) checkLiteral(target.hostname);
        connectTo(target, done);
      } catch (error) {
        done(error as Error, null);
      }
    },
    headersTimeout: 1000 * timeout,
    bodyTimeout: 1000 * timeout,
    maxHeaderSize: 2 ** 14,
  });
  const fetch: Fetch = async ({ url, isLocal }, signal) => {
    // All downloads listen to it.
    if (signal) setMaxListeners(0, signal);
    try {
      return { bytes: isLocal ? await readLocal(url, options) : await attempts(url, options, agent, signal) };
    } catch (error) {
      signal?.throwIfAborted();
      return { refused: reasonOf(error) };
    }
  };
  return { fetch, close: () => agent.destroy() };
}

async function attempts(
  url: string,
  options: FetchOptions,
  agent: Agent,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await inTime(options.timeout, signal, (limit) => get(url, options, agent, limit));
    } catch (error) {
      signal?.throwIfAborted();
      const isLast = attempt >= options.retries || (error instanceof Refusal && !error.again);
      if (isLast || error instanceof PrivateAddressError) throw error;
      const asked = error instanceof Refusal ? error.after : 0;
      if (asked > longestPause) throw error;
      await pause(1000 * Math.max(asked, firstPause * 2 ** attempt), undefined, signal ? { signal } : {});
    }
  }
}

/** Stops work after so many seconds, whatever it waits for. */
async function inTime<T>(
  seconds: number,
  signal: AbortSignal | undefined,
  work: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const stop = (): void => limit.abort();
  const timer = setTimeout(() => limit.abort(new Refusal("timed out", { again: true })), 1000 * seconds);
  signal?.addEventListener("abort", stop);
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** Follows a URL to its file. */
async function get(start: string, { mostBytes }: FetchOptions, agent: Agent, limit: AbortSignal): Promise<Uint8Array> {
  let url = new URL(start);
  for (let hops = 0; hops <= mostRedirects; hops++) {
    const response = await request(url, {
      dispatcher: agent,
      signal: limit,
      headers: { "user-agent": `Mozilla/5.0 (compatible; ${agentName})`, accept: "image/*,*/*;q=0.5" },
    });
    const { statusCode, headers, body } = response;
    const location = [headers.location ?? []].flat()[0];
    if (statusCode >= 300 && statusCode < 400 && location !== undefined) {
      discard(body);
      if (!URL.canParse(location, url.href)) throw new Refusal("redirected to no address");
      url = new URL(location, url);
      if (!/^https?:$/.test(url.protocol)) throw new Refusal("redirected to no address");
      continue;
    }
    if (statusCode !== 200) {
      discard(body);
      const again = statusCode === 408 || statusCode === 429 || statusCode >= 500;
      throw new Refusal(`HTTP ${statusCode}`, { again, after: Number(headers["retry-after"] ?? 0) || 0 });
    }
    if (isRefused(headers["x-robots-tag"], agentName)) {
      discard(body);
      throw new Refusal("X-Robots-Tag refuses");
    }
    return readBody(body, Number(headers["content-length"] ?? 0), mostBytes);
  }
  throw new Refusal("too many redirects");
}

type Body = Dispatcher.ResponseData["body"];

/** What is on its way is not waited for. */
function discard(body: Body): void {
  body.on("error", () => {}).destroy();
}

async function readBody(body: Body, announced: number, mostBytes: number): Promise<Uint8Array> {
  const tooLarge = (): never => {
    discard(body);
    throw new Refusal(`more than ${mostBytes / 2 ** 20} MB`);
  };
  if (announced > mostBytes) tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > mostBytes) tooLarge();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function readLocal(url: string, { mostBytes }: FetchOptions): Promise<Uint8Array> {
  try {
    const path = fileURLToPath(url);
    const { size } = await stat(path);
    if (size > mostBytes) throw new Refusal(`more than ${mostBytes / 2 ** 20} MB`);
    const source = await openFile(path);
    return await source.read(0, size);
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal("cannot be read");
  }
}

const known: Readonly<Record<string, string>> = {
  ENOTFOUND: "no such host",
  ENODATA: "no such host",
  EAI_AGAIN: "no such host",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection broken",
  UND_ERR_SOCKET: "connection broken",
  EPIPE: "connection broken",
  ETIMEDOUT: "timed out",
  UND_ERR_CONNECT_TIMEOUT: "timed out",
  UND_ERR_HEADERS_TIMEOUT: "timed out",
  UND_ERR_BODY_TIMEOUT: "timed out",
  UND_ERR_HEADERS_OVERFLOW: "no valid response",
  UND_ERR_RESPONSE_STATUS_CODE: "no valid response",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "connection broken",
  PRIVATE_ADDRESS: "private address",
};

/** Few words that all failures of a kind share. */
function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const { code = "", errors } = error as { code?: string; errors?: unknown[] };
  if (errors?.length) return reasonOf(errors[0]);
  if (/^HPE_/.test(code)) return "no valid response";
  if (/CERT|TLS|SSL/.test(code)) return "no valid certificate";
  return known[code] ?? `not reached (${code || (error as Error).name})`;
}
