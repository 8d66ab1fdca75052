// Prints the stages of the compiler for golden cases; the same text that `dl build --emit` shows.
import { join } from "node:path";
import { openPackage } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile, checkPackage } from "../../compiler/compile.js";
import { renderText } from "../../compiler/diagnostics/index.js";
import { print } from "../../compiler/ir/print.js";
import type { Compiled } from "../../compiler/ir/program.js";
import { format, parse } from "../../grammar/index.js";
import type { SourceFile } from "../../grammar/source.js";
import type { KernelText } from "../../runtime/format.js";
import { root } from "./sources.js";

/** Prints one stage of a program. */
export type StagePrinter = (source: string) => string | Promise<string>;

/** The stages a golden case may have a section for. */
export const stages: Readonly<Record<string, StagePrinter>> = {
  diagnostics: (source) =>
    renderText(checkPackage([fileOf(source)], host()).diagnostics) || "no findings\n",
  formatted: async (source) => {
    const formatted = await format(source, casePath);
    return "text" in formatted ? formatted.text : "the syntax is broken\n";
  },
  graph: (source) => printEntries(compiledOf(source, false)),
  gradient: (source) => printEntries(compiledOf(source, true), ".grad"),
  wgsl: (source) => kernelsOf(source).map(printKernel).join("\n"),
};

/** The kernels of a golden case, built for a GPU within the limits that every WebGPU device has. */
export function kernelsOf(source: string): readonly KernelText[] {
  return buildArtifact(compiledOf(source, false), { adapterClass: "gpu" }).kernels;
}

/** The name that every golden case goes by in messages. */
const casePath = "case.dl";

function fileOf(text: string): SourceFile {
  return { path: casePath, text };
}

function host() {
  return openPackage(join(root, "tests", "golden")).host;
}

/** Compiles the only model of a case, or else its last function. */
function compiledOf(source: string, withGradients: boolean): Compiled {
  const file = fileOf(source);
  const { items } = parse(file).module;
  const hasModel = items.some((item) => item.kind === "layer" && item.keyword === "model");
  const fn = items.findLast((item) => item.kind === "fn")?.name.name;
  const target = hasModel || fn === undefined ? {} : { fn };
  const compiled = compile(file, host(), { ...target, withGradients });
  if (compiled.ok) return compiled.value;
  throw new Error(renderText(compiled.diagnostics));
}

function printEntries({ entries }: Compiled, suffix = ""): string {
  return entries
    .filter(({ name }) => name.endsWith(suffix))
    .map(({ name, program }) => `${name}:\n${print(program)}`)
    .join("\n");
}

function printKernel({ label, origin, wgsl }: KernelText): string {
  return `// ${label}${origin === undefined ? "" : ` from ${origin}`}\n${wgsl.trimEnd()}\n`;
}
