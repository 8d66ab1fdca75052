// Canonical layout of a file.
import type { SyntaxProblem } from "./ast.js";
import { parse } from "./parser.js";

/** What formatting yields: the new text, or why there is none. */
export type Formatted = { readonly text: string } | { readonly problems: readonly SyntaxProblem[] };

/** Lays a file out canonically. A file with syntax errors is not touched. */
export async function format(text: string, path: string): Promise<Formatted> {
  const { problems } = parse({ path, text });
  if (problems.length > 0) return { problems };
  // Prettier is loaded only when something is formatted: no other command should wait for it.
  const [prettier, plugin] = await Promise.all([
    import("prettier/standalone"),
    import("./print/index.js"),
  ]);
  return {
    text: await prettier.format(text, {
      parser: "dl",
      plugins: [plugin],
      filepath: path,
      printWidth: 100,
    }),
  };
}
