// Vitest with one planted bug, named by PLANTED, put into its module as that is loaded: no file changes.
import { join } from "node:path";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.config.js";
import { root } from "../harness/sources.js";
import { planted } from "./bug.js";
import { stages } from "./stages.js";

const bug = stages.flatMap((s) => s.bugs).find(({ name }) => name === process.env["PLANTED"]);

export default mergeConfig(
  base,
  defineConfig({
    root,
    plugins: bug
      ? [
          {
            name: "planted-bug",
            enforce: "pre",
            transform: (code: string, id: string) =>
              id === join(root, bug.file) ? { code: planted(code, bug), map: null } : undefined,
          },
        ]
      : [],
    // A slow machine must not be what finds a bug.
    test: { testTimeout: 300_000, hookTimeout: 300_000 },
  }),
);
