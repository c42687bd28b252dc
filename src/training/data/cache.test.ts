import { describe, expect, test } from "vitest";
import { testHost } from "../../../tests/support/test-host.ts";
import { ints, ndarray } from "../../runtime/ndarray.ts";
import { openCache, shardCount, writeShard } from "./cache.ts";

/** Samples first … first+count-1: latents (2, 2) and ids, both telling the sample's number. */
const arrays = (first: number, count: number) => {
  const numbers = Array.from({ length: count }, (_, i) => first + i);
  return {
    latents: ndarray(Float32Array.from(numbers.flatMap((n) => [n, n + 0.5, 100 - n, 0.25])), [count, 2, 2]),
    ids: ints(
      numbers.flatMap((n) => [n, 99]),
      [count, 2],
    ),
  };
};
const options = { batch: 4, seed: 3, origin: "vae 1" };

describe("cache", () => {
  test("gives back every sample once an epoch, rows of all arrays together", async () => {
    const host = testHost();
    await writeShard(host, "c", 0, arrays(0, 5), "vae 1");
    await writeShard(host, "c", 1, arrays(5, 3), "vae 1");
    expect(await shardCount(host, "c")).toBe(2);
    const cache = await openCache(host, "c", options);
    expect(cache.size).toBe(8);
    const seen: number[] = [];
    for (const index of [0, 1]) {
      const { latents, ids } = await cache.batch(index);
      expect([latents!.dtype, latents!.shape, ids!.dtype, ids!.shape]).toEqual(["f32", [4, 2, 2], "i64", [4, 2]]);
      for (let i = 0; i < 4; i++) {
        const n = Number(ids!.data[i * 2]);
        seen.push(n);
        expect(Array.from(latents!.data.slice(i * 4, i * 4 + 4), Number)).toEqual([n, n + 0.5, 100 - n, 0.25]);
      }
    }
    expect(seen.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await (await openCache(host, "c", options)).batch(1)).toEqual(await cache.batch(1));
  });

  test("reads only the rows that it needs", async () => {
    const host = testHost();
    await writeShard(host, "c", 0, arrays(0, 1000), "vae 1");
    const cache = await openCache(host, "c", options);
    host.reads.length = 0;
    await cache.batch(0);
    expect(host.reads.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(4 * (4 * 2 + 2 * 8));
  });

  test("refuses what was computed from something else, does not fit, or is not there", async () => {
    const host = testHost();
    await expect(openCache(host, "c", options)).rejects.toThrow("c holds no cached samples");
    await writeShard(host, "c", 0, arrays(0, 2), "vae 1");
    await expect(openCache(host, "c", { ...options, origin: "vae 2" })).rejects.toThrow("other models or data");
    await writeShard(host, "c", 1, { latents: arrays(0, 2).latents }, "vae 1");
    await expect(openCache(host, "c", options)).rejects.toThrow("c/00001.safetensors does not fit its neighbours");
  });
});
