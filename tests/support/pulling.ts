import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { UserError } from "../../src/errors.ts";
import { parseHubName } from "../../src/host/node/hub/name.ts";
import { type Pulled, type PullProgress, pull } from "../../src/host/node/hub/pull.ts";
import type { HubSettings } from "../../src/host/node/hub/settings.ts";
import { type Fault, type HubFiles, type HubServer, type Request, sha256, startHub } from "./hub-server.ts";

export const random = (seed: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => Math.imul(i + seed, 2654435761) >>> 24);

const index = { _class_name: "StableDiffusionPipeline", unet: ["diffusers", "UNet2DConditionModel"] };

/** The files of a model that is none, but for their names. */
export const diffusion: HubFiles = {
  "README.md": "# A model",
  "model_index.json": JSON.stringify(index),
  "scheduler/scheduler_config.json": "{}",
  "tokenizer/vocab.json": "{}",
  "tokenizer/merges.txt": "#version: 0.2",
  "text_encoder/config.json": "{}",
  "text_encoder/model.safetensors": random(1, 30_000),
  "unet/config.json": '{"a": 1}',
  "unet/diffusion_pytorch_model.safetensors": random(2, 50_000),
  "unet/diffusion_pytorch_model.bin": random(3, 50_000),
  "vae/config.json": "{}",
  "vae/diffusion_pytorch_model.safetensors": random(4, 20_000),
  "safety_checker/model.safetensors": random(5, 10_000),
};
/** Bytes of the file that is pulled first of all. */
export const indexBytes = String(diffusion["model_index.json"]).length;
export const unet = diffusion["unet/diffusion_pytorch_model.safetensors"] as Uint8Array;
export const unetPath = `/${sha256(unet)}`;
export const clipConfig = '{"model_type": "clip"}';

export interface Asking {
  readonly variant?: string;
  readonly only?: "tokenizer";
  readonly signal?: AbortSignal;
  readonly settings?: HubSettings;
  /** Milliseconds; a busy machine answers late. */
  readonly silence?: number;
}

/** A hub with `me/model` on it and an empty cache, anew for each test of the file that calls this. */
export class HubWorld {
  folder = "";
  repos: Record<string, HubFiles> = {};
  fault: (request: Request) => Fault | undefined = () => undefined;
  readonly seen: PullProgress[] = [];
  #hub: HubServer | undefined;

  constructor() {
    beforeEach(async () => {
      this.folder = mkdtempSync(join(tmpdir(), "latentkit-hub-"));
      this.repos = { "me/model": diffusion };
      this.fault = () => undefined;
      this.#hub = await startHub({ repos: this.repos, fault: (request) => this.fault(request), page: 5 });
    });
    afterEach(async () => {
      await this.hub.close();
      rmSync(this.folder, { recursive: true });
    });
  }

  get hub(): HubServer {
    return this.#hub!;
  }

  get settings(): HubSettings {
    return { endpoint: this.hub.url, cache: join(this.folder, "hub"), token: "hf_secret", offline: false };
  }

  async pull(text = "me/model", { silence = 20_000, ...options }: Asking = {}): Promise<Pulled> {
    this.seen.length = 0;
    const patience = { tries: 3, pause: 5, silence };
    const pulling = pull(parseHubName(text)!, { settings: this.settings, patience, ...options });
    for (;;) {
      const { done, value } = await pulling.next();
      if (done) return value;
      this.seen.push(value);
    }
  }

  /** The line that is shown where a pull fails, with URL, HOST and FOLDER for what differs between runs. */
  async refusal(text?: string, options?: Asking): Promise<string> {
    const error: unknown = await this.pull(text, options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as Error;
    expect(message).not.toContain("\n");
    const { url } = this.hub;
    return message.replaceAll(url, "URL").replaceAll(new URL(url).host, "HOST").replaceAll(this.folder, "FOLDER");
  }

  inRepo(...path: string[]): string {
    return join(this.settings.cache, "models--me--model", ...path);
  }

  blob(data: Uint8Array): string {
    return this.inRepo("blobs", sha256(data));
  }

  /** The locks that are held. */
  get locks(): string {
    return join(this.settings.cache, ".locks", "models--me--model");
  }

  /** Ranges that the denoiser's weights were asked for by. */
  unetRanges(): (string | undefined)[] {
    return this.hub.requests.filter(({ at, path }) => at === "store" && path === unetPath).map(({ range }) => range);
  }
}
