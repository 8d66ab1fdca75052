// The pages of the codes, as they ship with the package.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Code } from "../compiler/diagnostics/index.js";
import { packageRoot } from "../runtime/node.js";

/** The page of a code as Markdown; undefined where the package is incomplete. */
export function pageOf(code: Code): string | undefined {
  const path = join(packageRoot(), "docs", "errors", `${code}.md`);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
