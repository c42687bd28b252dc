import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../../errors.ts";
import { refusal, Temporary } from "./refusal.ts";
import type { HubSettings } from "./settings.ts";

/** How long to go on trying. */
export interface Patience {
  /** Tries without a byte of progress. */
  readonly tries: number;
  /** Milliseconds to wait after the first of them; doubled after each. */
  readonly pause: number;
  /** Milliseconds without an answer, or without a byte of it, after which a connection is given up. */
  readonly silence: number;
}

const patient: Patience = { tries: 6, pause: 1000, silence: 30_000 };

/** The longest that a server is obeyed when it asks to wait, in milliseconds. */
const longestWait = 120_000;

/** Sends requests to a hub: with the token to it alone, again where that may help, and with errors that say what to do. */
export class HubClient {
  readonly settings: HubSettings;
  readonly host: string;
  readonly #patience: Patience;
  /** Whether anything was ever answered: before that, a missing network is not waited for. */
  #reached = false;

  constructor(settings: HubSettings, patience: Partial<Patience> = {}) {
    this.settings = settings;
    this.host = new URL(settings.endpoint).host;
    this.#patience = { ...patient, ...patience };
  }

  /** Repeats an attempt that fails temporarily; `progress` tells of a number that starts the count anew when it grows. */
  async persist<T>(attempt: () => Promise<T>, signal: AbortSignal, progress: () => number = () => 0): Promise<T> {
    let reached = progress();
    for (let failures = 1; ; failures++) {
      signal.throwIfAborted();
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Temporary)) throw error;
        if (progress() > reached) failures = 1;
        reached = progress();
        const { tries, pause } = this.#patience;
        if (failures >= tries || (error.wait ?? 0) > longestWait) throw new UserError(error.message);
        await sleep(error.wait ?? pause * 2 ** (failures - 1), undefined, { signal });
      }
    }
  }

  /** The whole answer of the hub's API, for a library that wants a `fetch`. */
  api(about: string, signal: AbortSignal): typeof fetch {
    return (url) =>
      this.persist(async () => {
        const response = await this.send(String(url), about, { signal });
        const pieces: Uint8Array[] = [];
        for await (const piece of this.body(response, signal)) pieces.push(piece);
        return new Response(Buffer.concat(pieces), { headers: response.headers });
      }, signal);
  }

  /** An answer that is good, its body still to come. Throws a Temporary, or a UserError that says why there is none. */
  async send(
    url: string,
    about: string,
    { signal, headers = {} }: { readonly signal: AbortSignal; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Response> {
    const { token, endpoint } = this.settings;
    const own = new URL(url).origin === new URL(endpoint).origin;
    const quiet = new AbortController();
    const timer = setTimeout(() => quiet.abort(), this.#patience.silence);
    try {
      const response = await fetch(url, {
        // Of redirections to other origins, fetch itself keeps the token away.
        headers: { "User-Agent": "latentkit", ...headers, ...(token && own && { Authorization: `Bearer ${token}` }) },
        signal: AbortSignal.any([signal, quiet.signal]),
      });
      this.#reached = true;
      if (response.ok) return response;
      await response.body?.cancel();
      throw refusal(response, about, this.settings);
    } catch (error) {
      throw this.#explain(error, quiet.signal.aborted);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The pieces of an answer's body; a Temporary where they stop coming. */
  async *body(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const reader = response.body!.getReader();
    let silent = false;
    try {
      for (;;) {
        const timer = setTimeout(() => {
          silent = true;
          reader.cancel().catch(() => {});
        }, this.#patience.silence);
        const { done, value } = await reader.read().finally(() => clearTimeout(timer));
        signal.throwIfAborted();
        if (silent) throw new Temporary(`${this.host} stopped sending; try again later, what has arrived is kept`);
        if (done) return;
        yield value;
      }
    } catch (error) {
      throw this.#explain(error, silent);
    } finally {
      await reader.cancel().catch(() => {});
    }
  }

  #explain(error: unknown, silent: boolean): unknown {
    if (error instanceof Temporary || error instanceof UserError) return error;
    if (silent)
      return new Temporary(`${this.host} does not answer; try again later, or name a mirror with HF_ENDPOINT`);
    if (!(error instanceof TypeError)) return error;
    // What fetch and its streams throw, the reason below.
    const { code, message = error.message } = (error.cause ?? {}) as { code?: string; message?: string };
    const reason = (code ?? message).split("\n")[0];
    if (this.#reached)
      return new Temporary(`the connection to ${this.host} broke (${reason}); try again, what has arrived is kept`);
    return new UserError(
      `cannot reach ${this.host} (${reason}): check the network, or name a mirror with HF_ENDPOINT; models on this disk need no network`,
    );
  }
}
