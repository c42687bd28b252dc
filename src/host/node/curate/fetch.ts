import { setMaxListeners } from "node:events";
import { stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Agent, buildConnector, type Dispatcher, request } from "undici";
import { Limit } from "../../../runtime/limit.ts";
import type { Fetch, Fetched, FetchOptions } from "../../../runtime/web-pictures.ts";
import { openFile } from "../files.ts";
import { checkLiteral, guardedLookup, PrivateAddressError } from "./addresses.ts";
import { Clock } from "./clock.ts";
import { isRefused } from "./robots.ts";

/** Addresses that a URL may lead through. */
const mostRedirects = 5;
/** Seconds before the second attempt; twice as many before each further one. */
const firstPause = 0.5;
/** Seconds for which a server may ask to be left alone and still be asked again. */
const longestPause = 30;

/** Bytes from which a file is large, and large files that are in memory at once: the others stay on their way. */
const large = 2 * 2 ** 20;
const mostLarge = 16;
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
    // A clock of our own stops everything.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 2 ** 14,
  });
  const way: Way = { ...options, agent, large: new Limit(mostLarge) };
  const fetch: Fetch = async ({ url, isLocal }, signal) => {
    // All downloads listen to it.
    if (signal) setMaxListeners(0, signal as unknown as EventTarget);
    try {
      return isLocal ? await readLocal(url, way) : await attempts(url, way, signal);
    } catch (error) {
      signal?.throwIfAborted();
      return { refused: reasonOf(error) };
    }
  };
  return { fetch, close: () => agent.destroy() };
}

const moreThan = (bytes: number): string => `more than ${Number((bytes / 2 ** 20).toPrecision(3))} MB`;

/** How files come. */
interface Way extends FetchOptions {
  readonly agent: Agent;
  /** Places for large files in memory. */
  readonly large: Limit;
}

async function attempts(url: string, way: Way, signal: AbortSignal | undefined): Promise<Fetched> {
  for (let attempt = 0; ; attempt++) {
    const clock = new Clock(way.timeout, signal);
    try {
      return await get(url, way, clock);
    } catch (error) {
      signal?.throwIfAborted();
      const isLast = attempt >= way.retries || (error instanceof Refusal && !error.again);
      if (isLast || error instanceof PrivateAddressError) throw error;
      const asked = error instanceof Refusal ? error.after : 0;
      if (asked > longestPause) throw error;
      await pause(1000 * Math.max(asked, firstPause * 2 ** attempt), undefined, signal ? { signal } : {});
    } finally {
      clock.end();
    }
  }
}

/** Follows a URL to its file. */
async function get(start: string, way: Way, clock: Clock): Promise<Fetched> {
  let url = new URL(start);
  for (let hops = 0; hops <= mostRedirects; hops++) {
    const response = await request(url, {
      dispatcher: way.agent,
      signal: clock.signal,
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
    return readBody(body, Number(headers["content-length"] ?? 0), way, clock);
  }
  throw new Refusal("too many redirects");
}

type Body = Dispatcher.ResponseData["body"];

/** What is on its way is not waited for. */
function discard(body: Body): void {
  body.on("error", () => {}).destroy();
}

async function readBody(
  body: Body,
  announced: number,
  { mostBytes, large: places }: Way,
  clock: Clock,
): Promise<Fetched> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let release = (): void => {};
  let isLarge = false;
  const check = (size: number): void => {
    if (size > mostBytes) throw new Refusal(moreThan(mostBytes));
  };
  try {
    check(announced);
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      check(length);
      chunks.push(chunk);
      if (isLarge || length < large) continue;
      isLarge = true;
      clock.pause();
      release = await places.take();
      clock.start();
    }
    // A piece of memory of its own, which can go to another thread.
    return { bytes: new Uint8Array(Buffer.concat(chunks, length)), release };
  } catch (error) {
    discard(body);
    release();
    throw error;
  }
}

async function readLocal(url: string, { mostBytes, large: places }: Way): Promise<Fetched> {
  try {
    const path = fileURLToPath(url);
    const { size } = await stat(path);
    if (size > mostBytes) throw new Refusal(moreThan(mostBytes));
    const release = size < large ? () => {} : await places.take();
    try {
      return { bytes: await (await openFile(path)).read(0, size), release };
    } catch (error) {
      release();
      throw error;
    }
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
  // Only the clock stops an attempt and not the work.
  ABORT_ERR: "timed out",
  UND_ERR_ABORTED: "timed out",
  ETIMEDOUT: "timed out",
  UND_ERR_CONNECT_TIMEOUT: "timed out",
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
  if (/^HPE_/.test(code) || (error as Error).name === "HTTPParserError") return "no valid response";
  if (/CERT|TLS|SSL/.test(code)) return "no valid certificate";
  if ((error as Error).name === "AbortError") return "timed out";
  return known[code] ?? `not reached (${code || (error as Error).name})`;
}
