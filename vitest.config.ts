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
          exclude: ["tests/webgpu/**"],
        },
      },
      // Needs a GPU, or SwiftShader: see docs/numerics.md.
      { extends: true, test: { name: "webgpu", include: ["tests/webgpu/**/*.test.ts"], testTimeout: 300_000 } },
    ],
  },
});
