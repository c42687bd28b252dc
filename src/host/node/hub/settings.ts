import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../errors.ts";

/** Where models come from and go to: what Python's client reads from the same variables. */
export interface HubSettings {
  /** `https://huggingface.co`, or a mirror. */
  readonly endpoint: string;
  /** Folder of the repositories. */
  readonly cache: string;
  readonly token?: string;
  /** No request is to be made. */
  readonly offline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws a UserError for an endpoint that is no web address. */
export function hubSettings(env: Environment = process.env): HubSettings {
  const home = env.HOME ?? homedir();
  const folder = (...names: string[]): string | undefined => {
    const path = names.map((name) => env[name]).find((value) => value);
    return path?.replace(/^~(?=$|[/\\])/, home);
  };
  const own = folder("HF_HOME") ?? join(folder("XDG_CACHE_HOME") ?? join(home, ".cache"), "huggingface");
  const token = env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN || stored(folder("HF_TOKEN_PATH") ?? join(own, "token"));
  const yes = (name: string): boolean => /^(1|on|yes|true)$/i.test(env[name] ?? "");
  return {
    endpoint: endpointOf(env.HF_ENDPOINT || "https://huggingface.co"),
    cache: folder("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? join(own, "hub"),
    ...(token && { token: token.trim() }),
    offline: yes("HF_HUB_OFFLINE") || yes("TRANSFORMERS_OFFLINE"),
  };
}

function endpointOf(text: string): string {
  const endpoint = text.replace(/\/+$/, "");
  if (URL.canParse(endpoint) && /^https?:/.test(endpoint)) return endpoint;
  throw new UserError(`HF_ENDPOINT is ${JSON.stringify(text)}, but must be an address such as https://huggingface.co`);
}

/** Whoever has not logged in has no such file. */
function stored(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
