import { describe, expect, it } from "vitest";
import { clipConfig, diffusion, HubWorld, unet } from "../../../../tests/support/pulling.ts";

const world = new HubWorld();

describe("a hub that does not answer as hoped", () => {
  const answer = (status: number, code = "", headers = {}) => {
    world.fault = () => ({ status, headers: { ...(code && { "X-Error-Code": code }), ...headers } });
  };

  it.each([
    [
      401,
      "GatedRepo",
      false,
      "me/model is gated: accept its terms at URL/me/model, then set HF_TOKEN to a token from URL/settings/tokens",
    ],
    [403, "GatedRepo", true, "me/model is gated, and your token has no access: ask for it at URL/me/model"],
    [
      401,
      "RepoNotFound",
      false,
      "there is no model me/model at HOST, or it is private: check the name, or set HF_TOKEN to a token that may read it",
    ],
    [
      404,
      "RepoNotFound",
      true,
      "there is no model me/model at HOST, or it is private: check the name, or set HF_TOKEN to a token that may read it",
    ],
    [401, "", true, "HOST refuses the token (HF_TOKEN, or the file of a login): make a new one at URL/settings/tokens"],
    [
      403,
      "",
      true,
      "HOST does not allow access to me/model (403): use a token that may read it, from URL/settings/tokens",
    ],
    [410, "", true, "HOST answers 410 Gone for me/model"],
  ])("with %d %s, token: %s, is explained", async (status, code, token, message) => {
    answer(status, code);
    const { token: _, ...anonymous } = world.settings;
    expect(await world.refusal("me/model", { settings: token ? world.settings : anonymous })).toBe(message);
    expect(world.hub.requests).toHaveLength(1);
  });

  it("for a revision or a variant is explained", async () => {
    expect(await world.refusal("me/model@v7")).toBe(
      "me/model@v7 is not there: me/model has no such branch, tag or commit; see URL/me/model",
    );
    expect(await world.refusal("me/model", { variant: "fp16" })).toBe(
      "me/model has no weights of the variant fp16; it has none",
    );
  });

  it("is asked again after a while", async () => {
    world.fault = ({ before, path }) =>
      before === 0 ? { status: path.includes("/api/") ? 503 : 429, headers: { "Retry-After": "0" } } : undefined;
    await world.pull();
    expect(world.hub.requests.filter(({ path }) => path.includes("/revision/"))).toHaveLength(2);
  });

  it.each([
    [429, { "Retry-After": "0" }, 3, "HOST has had too many requests; try again later"],
    [429, { "Retry-After": "3600" }, 1, "HOST has had too many requests; try again later"],
    [429, { RateLimit: '"api";r=0;t=300' }, 1, "HOST has had too many requests; try again later"],
    [502, {}, 3, "HOST answers 502 Bad Gateway; try again later, or name a mirror with HF_ENDPOINT"],
  ])("with %d and %j is given up after %d tries", async (status, headers, tries, message) => {
    answer(status, "", headers);
    expect(await world.refusal()).toBe(message);
    expect(world.hub.requests).toHaveLength(tries);
  });

  it("waits as long as it is told to", async () => {
    const busy = { status: 429, headers: { "Retry-After": "1" } };
    world.fault = ({ before, path }) => (before === 0 && path.includes("/revision/") ? busy : undefined);
    world.repos["me/model"] = { "config.json": clipConfig, "model.safetensors": unet };
    const began = performance.now();
    await world.pull("me/model/model.safetensors");
    expect(performance.now() - began).toBeGreaterThan(950);
  });

  it("is unreachable: at once, and with no network of use", async () => {
    const nowhere = { ...world.settings, endpoint: "http://127.0.0.1:59999" };
    expect(await world.refusal("me/model", { settings: nowhere })).toBe(
      "cannot reach 127.0.0.1:59999 (ECONNREFUSED): check the network, or name a mirror with HF_ENDPOINT; models on this disk need no network",
    );
    expect(await world.refusal("me/model", { settings: { ...world.settings, offline: true } })).toBe(
      "me/model cannot be pulled while HF_HUB_OFFLINE is set: unset it, or use what latentkit list shows",
    );
    expect(world.hub.requests).toEqual([]);
  });

  it("has another kind of model", async () => {
    const index = { _class_name: "StableDiffusionXLPipeline", text_encoder_2: ["transformers", "X"] };
    world.repos["me/model"] = { ...diffusion, "model_index.json": JSON.stringify(index) };
    expect(await world.refusal()).toBe(
      "me/model is a StableDiffusionXLPipeline with a text_encoder_2, which latentkit does not run; it runs Stable Diffusion 1.x and 2.x",
    );
    world.repos["me/model"] = { "a.safetensors": unet, "b.ckpt": "x" };
    expect(await world.refusal()).toBe(
      "me/model has several checkpoints: name one, as in me/model/a.safetensors; it has a.safetensors, b.ckpt",
    );
    world.repos["me/model"] = { "README.md": "data" };
    expect(await world.refusal()).toBe("me/model is no model that latentkit runs: it has no model_index.json");
  });

  it("lists files by hostile names and hashes", async () => {
    world.repos["me/model"] = { ...diffusion, "../../escape.safetensors": unet, "/etc/x.ckpt": "x" };
    const { files } = await world.pull();
    expect(files.filter((file) => /\.\.|^\//.test(file))).toEqual([]);
    world.fault = ({ path }) => (path.includes("/tree/") ? { size: -1 } : undefined);
    world.repos["me/model"] = diffusion;
    expect(await world.refusal()).toMatch(/^HOST says of me\/model no size and hash of /);
  });
});
