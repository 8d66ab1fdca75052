// Prints the stages of the compiler for golden cases: what `dl build --emit` prints, the findings and the formatted text.
import { join } from "node:path";
import { emitStage, stages as emitted } from "../../cli/emit.js";
import { openPackage } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { checkWithRepairs, compile } from "../../compiler/compile.js";
import { renderText } from "../../compiler/diagnostics/index.js";
import type { Compiled } from "../../compiler/ir/program.js";
import type { Host } from "../../compiler/resolve/modules.js";
import { format, type LayerDecl, parse } from "../../grammar/index.js";
import type { SourceFile } from "../../grammar/source.js";
import type { KernelText } from "../../runtime/format.js";
import { root } from "./sources.js";
import { portable } from "../../runtime/format.js";

/** Prints one stage of a program. */
export type StagePrinter = (source: string) => string | Promise<string>;

/** The stages a golden case may have a section for. */
export const stages: Readonly<Record<string, StagePrinter>> = {
  diagnostics: (text) =>
    renderText(checkWithRepairs([fileOf(text)], host()).diagnostics) || "no findings\n",
  formatted: async (text) => {
    const formatted = await format(text, casePath);
    return "text" in formatted ? formatted.text : "the syntax is broken\n";
  },
  ...Object.fromEntries(
    emitted.map((stage) => [stage, (text: string) => emitStage(stage, emitInput(text))]),
  ),
};

/** The kernels of a golden case, built for a GPU within the limits that every WebGPU device has. */
export function kernelsOf(source: string): readonly KernelText[] {
  return buildArtifact(compiledOf(source, false), { target: portable("discrete") }).kernels;
}

/** The name that every golden case goes by in messages. */
const casePath = "case.dl";

function emitInput(text: string): Parameters<typeof emitStage>[1] {
  return {
    source: fileOf(text),
    target: portable("discrete"),
    compile: (withGradients) => compiledOf(text, withGradients),
  };
}

function fileOf(text: string): SourceFile {
  return { path: casePath, text };
}

function host(): Host {
  return openPackage(join(root, "tests", "golden")).host;
}

/** Compiles the last model of a case, or else its last function. */
function compiledOf(source: string, withGradients: boolean): Compiled {
  const file = fileOf(source);
  const { items } = parse(file).module;
  const models = items.filter((item) => item.kind === "layer").filter(isModel);
  const model = models.at(-1)?.name.name;
  const fn = items.filter((item) => item.kind === "fn").at(-1)?.name.name ?? "";
  const target = model === undefined ? { fn } : { model };
  const compiled = compile(file, host(), { ...target, withGradients });
  if (compiled.ok) return compiled.value;
  throw new Error(renderText(compiled.diagnostics));
}

function isModel({ keyword }: LayerDecl): boolean {
  return keyword === "model";
}
