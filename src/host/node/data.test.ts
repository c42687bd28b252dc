import { afterEach, describe, expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { ints } from "../../runtime/ndarray.ts";
import { dataConfig } from "../../training/data/config.ts";
import type { DataSet } from "../../training/data/data-set.ts";
import { openData } from "./data.ts";

const opened: DataSet[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((data) => data.close()));
});

function open(options: object, workers = 1, module = "tests/support/numbered-pictures.ts"): DataSet {
  const config = dataConfig({ kind: "module", module, size: 8, crop: 4, workers, options }, "data");
  const tokenize = (captions: readonly string[]) => ints(captions.map(Number), [captions.length, 1]);
  const data = openData(config, { batch: 3, seed: 255, tokenize });
  opened.push(data);
  return data;
}

describe("batches from worker threads", () => {
  test("are examples of their number, in any order, from any number of threads", async () => {
    const one = open({});
    const { pixels, ids } = await one.batch(2);
    expect(pixels!.shape).toEqual([3, 3, 4, 4]);
    expect(ids).toEqual(ints([6, 7, 8], [3, 1]));
    expect([0, 48, 96, 16].map((i) => pixels!.data[i])).toEqual([6, 7, 8, 255].map((v) => Math.fround(v / 127.5 - 1)));
    const two = open({}, 2);
    const [early, late] = await Promise.all([two.batch(0), two.batch(2)]);
    expect(late).toEqual({ pixels, ids });
    expect(await one.batch(0)).toEqual(early);
    expect(await one.batch(2)).toEqual(late);
  });

  test("a mistake in the data arrives with its batch and not before", async () => {
    const data = open({ end: 4 });
    expect((await data.batch(0)).ids).toEqual(ints([0, 1, 2], [3, 1]));
    await expect(data.batch(1)).rejects.toThrow(new UserError("there is no picture 4"));
    expect((await data.batch(2)).ids).toEqual(ints([6, 7, 8], [3, 1]));
  });

  test("a module that is no data module, or does not exist, is named", async () => {
    await expect(open({}, 1, "tests/support/memory-files.ts").batch(0)).rejects.toThrow(
      'tests/support/memory-files.ts does not export a function "examples"',
    );
    await expect(open({}, 1, "tests/support/nowhere.ts").batch(0)).rejects.toThrow(
      "cannot load tests/support/nowhere.ts",
    );
  });

  test("fail when the threads are gone", async () => {
    const data = open({});
    await data.batch(0);
    await data.close();
    await expect(data.batch(100)).rejects.toThrow("a data thread ended");
  });
});
