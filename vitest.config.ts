// How the tests run: forked processes, since a WebGPU device belongs to its process.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    pool: "forks",
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Tests verify the graph after every pass.
    env: { ADJOINT_VERIFY: "1" },
    cache: false,
  },
});
