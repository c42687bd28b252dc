import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "cpu",
          include: ["src/**/*.test.ts", "tests/**/*.test.ts", "tools/**/*.test.ts"],
        },
      },
      // Every op once more where there is a GPU, or SwiftShader: see docs/numerics.md.
      {
        extends: true,
        test: {
          name: "webgpu",
          include: ["tests/gradients/{ops,finite-differences}.test.ts"],
          env: { LATENTKIT_TEST_DEVICE: "webgpu" },
          testTimeout: 300_000,
        },
      },
    ],
  },
});
