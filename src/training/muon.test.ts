import { describe, expect, it } from "vitest";
import { testHost } from "../../tests/support/test-host.ts";
import { input } from "../graph/index.ts";
import { normal } from "../random/philox.ts";
import { compile } from "../runtime/compile.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { movedByMuon, muonAt, muonUpdate, orthogonalized } from "./muon.ts";

type Matrix = readonly (readonly number[])[];

const matrix = (rows: number, columns: number, at: (row: number, column: number) => number): Matrix =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => at(i, j)));
const random = (rows: number, columns: number, stream: number): Matrix => {
  const numbers = normal(3, stream, rows * columns);
  return matrix(rows, columns, (i, j) => numbers[i * columns + j]!);
};
const transposed = (x: Matrix): Matrix => matrix(x[0]!.length, x.length, (i, j) => x[j]![i]!);
const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
const times = (x: Matrix, y: Matrix): Matrix => {
  const columns = transposed(y);
  return matrix(x.length, columns.length, (i, j) => dot(x[i]!, columns[j]!));
};

/** Rows made orthonormal one after the other: Gram and Schmidt. */
function orthonormal(x: Matrix): Matrix {
  const done: number[][] = [];
  for (const row of x) {
    let rest = [...row];
    for (const before of done) {
      const along = dot(rest, before);
      rest = rest.map((v, i) => v - along * before[i]!);
    }
    const length = Math.sqrt(dot(rest, rest));
    done.push(rest.map((v) => v / length));
  }
  return done;
}

/** What Jordan et al.'s iteration makes of one singular value, in double precision. */
function quintic(value: number): number {
  let s = value;
  for (let round = 0; round < 5; round++) s = 3.4445 * s - 4.775 * s ** 3 + 2.0315 * s ** 5;
  return s;
}

const array = (x: Matrix) => ndarray(Float32Array.from(x.flat()), [x.length, x[0]!.length]);

async function computed(outputs: Parameters<typeof compile>[0]["outputs"], feeds: Record<string, Matrix>) {
  const compiled = await compile({ host: testHost(), outputs });
  const arrays = Object.fromEntries(Object.entries(feeds).map(([name, x]) => [name, array(x)]));
  const result = await compiled.run(arrays);
  await compiled.close();
  return (name: string): Matrix => {
    const { data, shape } = result[name]!;
    return matrix(shape[0]!, shape[1]!, (i, j) => Number(data[i * shape[1]! + j]));
  };
}

function expectNear(actual: Matrix, expected: Matrix, digits: number): void {
  expected.forEach((row, i) => {
    row.forEach((value, j) => {
      expect(actual[i]![j], `${i}, ${j}`).toBeCloseTo(value, digits);
    });
  });
}

describe("orthogonalized", () => {
  const singular = [5, 3, 1, 0.5, 0.1, 0.02];
  const [u, v] = [orthonormal(random(6, 6, 0)), orthonormal(random(6, 9, 1))];
  const made = (values: readonly number[]): Matrix =>
    times(
      matrix(6, 6, (i, j) => u[i]![j]! * values[j]!),
      v,
    );
  const norm = Math.hypot(...singular);
  const expected = made(singular.map((s) => quintic(s / norm)));

  it.each([
    ["wide", (x: Matrix) => x],
    ["tall", transposed],
  ])("keeps a %s matrix' singular vectors and levels its values", async (_, turn) => {
    const given = turn(made(singular));
    const x = input("x", "f32", [given.length, given[0]!.length]);
    const result = await computed({ y: orthogonalized(x) }, { x: given });
    expectNear(result("y"), turn(expected), 4);
    for (const s of singular.slice(0, -1)) expect(quintic(s / norm)).toBeGreaterThan(0.65);
    for (const s of singular) expect(quintic(s / norm)).toBeLessThan(1.21);
  });

  it("leaves a matrix of zeros at zero", async () => {
    const zero = matrix(4, 4, () => 0);
    const result = await computed({ y: orthogonalized(input("x", "f32", [4, 4])) }, { x: zero });
    expectNear(result("y"), zero, 10);
  });
});

describe("muonUpdate", () => {
  it("moves along the orthogonal part of Nesterov's momentum, after decay", async () => {
    const [param, mean, gradient] = [random(16, 24, 4), random(16, 24, 5), random(16, 24, 6)];
    const tensor = (name: string) => input(name, "f32", [16, 24]);
    const { lr, muon, decay } = { lr: 0.01, muon: muonAt(2)!, decay: 0.1 };
    const rate = input("lr", "f32", [1, 1]).reshape([]);
    const after = muonUpdate(
      { param: tensor("before.param"), mean: tensor("before.mean") },
      tensor("before.gradient"),
      { lr: rate },
      muon,
      decay,
    );
    const m = matrix(16, 24, (i, j) => 0.95 * mean[i]![j]! + gradient[i]![j]!);
    const ahead = matrix(16, 24, (i, j) => gradient[i]![j]! + 0.95 * m[i]![j]!);
    const before = { "before.param": param, "before.mean": mean, "before.gradient": gradient };
    const feeds = { ...before, ahead, lr: [[lr]] };
    const result = await computed({ ...after, direction: orthogonalized(tensor("ahead")) }, feeds);
    expectNear(result("mean"), m, 5);
    const direction = result("direction");
    const size = 2 * lr * 0.2 * Math.sqrt(24);
    const moved = matrix(16, 24, (i, j) => param[i]![j]! * (1 - 2 * lr * decay) - size * direction[i]![j]!);
    expectNear(result("param"), moved, 5);
  });
});

describe("movedByMuon", () => {
  it.each([
    ["text_model.encoder.layers.0.mlp.fc1.weight", [768, 192], true],
    ["down_blocks.0.resnets.0.conv1.weight", [64, 64, 3, 3], true],
    ["time_embedding.linear_1.weight", [256, 64], true],
    ["text_model.embeddings.token_embedding.weight", [4096, 192], false],
    ["vision_model.embeddings.patch_embedding.weight", [224, 3, 16, 16], false],
    ["conv_in.weight", [64, 8, 3, 3], false],
    ["conv_out.weight", [8, 64, 3, 3], false],
    ["mid_block.resnets.0.norm1.weight", [192], false],
  ])("%s of %j: %s", (key, shape, moved) => {
    expect(movedByMuon(key, { shape })).toBe(moved);
  });
});
