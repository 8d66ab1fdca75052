// The Prettier plugin for `.dl`, which `dl fmt` uses as well.
import type { Plugin } from "prettier";
import type { Module } from "../ast.js";
import { parse } from "../parser.js";
import { positionOf } from "../source.js";
import { printModule } from "./declarations.js";

/** What Prettier reports when a file does not parse. */
class DlSyntaxError extends SyntaxError {
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };

  constructor(message: string, start: { readonly line: number; readonly column: number }) {
    super(`${message} (${String(start.line)}:${String(start.column)})`);
    this.loc = { start };
  }
}

/** Parses for Prettier, which shows the first problem of a file that does not parse. */
function parseForPrettier(text: string, path = ""): { readonly module: Module } {
  const { module, problems } = parse({ path, text });
  const [problem] = problems;
  if (!problem) return { module };
  const expected = problem.expected.length > 0 ? `, expected ${problem.expected.join(" or ")}` : "";
  throw new DlSyntaxError(
    `Found ${problem.found}${expected}`,
    positionOf(problem.span.file, problem.span.start),
  );
}

/** The plugin: `prettier --plugin adjoint/prettier model.dl`. */
export const { languages, parsers, printers, defaultOptions } = {
  languages: [{ name: "Adjoint", parsers: ["dl"], extensions: [".dl"] }],
  parsers: {
    dl: {
      parse: (text, { filepath }) => parseForPrettier(text, filepath),
      astFormat: "dl",
      locStart: () => 0,
      locEnd: ({ module }: { readonly module: Module }) => module.file.text.length,
    },
  },
  printers: {
    dl: {
      print: (path: { readonly node: { readonly module: Module } }) =>
        printModule(path.node.module),
    },
  },
  defaultOptions: { printWidth: 100, tabWidth: 2 },
} satisfies Plugin<{ readonly module: Module }>;
