import { UserError } from "../../../errors.ts";
import type { HubSettings } from "./settings.ts";

/** What may go well at the next try; its message is for the user if it does not. */
export class Temporary extends Error {
  /** Milliseconds to wait before, as the server asks. */
  readonly wait: number | undefined;

  constructor(message: string, wait?: number) {
    super(message);
    this.wait = wait;
  }
}

/** Why a hub does not give what was asked for, in a line that says what to do. `about` is `owner/name@revision/file`. */
export function refusal(response: Response, about: string, { endpoint, token }: HubSettings): Error {
  const { status, statusText, headers } = response;
  const { host } = new URL(endpoint);
  const code = headers.get("X-Error-Code") ?? "";
  const repo = /^[^/]+\/[^/@]+/.exec(about)?.[0] ?? about;
  const tokens = `${endpoint}/settings/tokens`;
  if (status === 429)
    return new Temporary(
      `${host} has had too many requests; try again later${token ? "" : ", or set HF_TOKEN to a token of yours, which may ask for more"}`,
      waitOf(headers),
    );
  if (status === 408 || status >= 500)
    return new Temporary(
      `${host} answers ${status} ${statusText}; try again later, or name a mirror with HF_ENDPOINT`,
      waitOf(headers),
    );
  if (code === "GatedRepo")
    return new UserError(
      token
        ? `${repo} is gated, and your token has no access: ask for it at ${endpoint}/${repo}`
        : `${repo} is gated: accept its terms at ${endpoint}/${repo}, then set HF_TOKEN to a token from ${tokens}`,
    );
  if (status === 401 && token)
    return new UserError(`${host} refuses the token (HF_TOKEN, or the file of a login): make a new one at ${tokens}`);
  if (status === 403)
    return new UserError(
      `${host} does not allow access to ${repo} (403): ${token ? "use a token that may read it" : "set HF_TOKEN"}, from ${tokens}`,
    );
  if (code === "RevisionNotFound")
    return new UserError(`${about} is not there: ${repo} has no such branch, tag or commit; see ${endpoint}/${repo}`);
  if (code === "EntryNotFound") return new UserError(`${about} is not there: see ${endpoint}/${repo}/tree/main`);
  if (status === 401 || status === 404)
    return new UserError(
      `there is no model ${repo} at ${host}, or it is private: check the name, or set HF_TOKEN to a token that may read it`,
    );
  return new UserError(`${host} answers ${status} ${statusText} for ${about}`);
}

/** Milliseconds that a server asks to wait: seconds or a date, or until its window for requests ends. */
function waitOf(headers: Headers): number | undefined {
  const after = headers.get("Retry-After");
  if (after !== null) {
    const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.now()) / 1000;
    return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined;
  }
  // `RateLimit: "api";r=0;t=55`
  const window = /;\s*t=(\d+)/.exec(headers.get("RateLimit") ?? "")?.[1];
  return window === undefined ? undefined : Number(window) * 1000;
}
