// The `.dl` files of the repository, for tests that hold for all of them.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "../../grammar/index.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

function below(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return below(path);
      return entry.name.endsWith(".dl") ? [path] : [];
    })
    .sort();
}

/** Fixtures, standard library and examples; the paths are relative to the repository. */
export const sources: readonly SourceFile[] = ["tests/syntax/fixtures", "stdlib", "examples"]
  .flatMap((folder) => below(join(root, folder)))
  .map((path) => ({ path: relative(root, path), text: readFileSync(path, "utf8") }));
