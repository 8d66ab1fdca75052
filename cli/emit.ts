// Prints the stages of a compilation, for `dl build --emit` and for whoever wants to see what becomes of a program.
import { buildArtifact } from "../compiler/artifact/index.js";
import { print } from "../compiler/ir/print.js";
import type { Compiled, Entry } from "../compiler/ir/program.js";
import { showType } from "../compiler/types/tensor.js";
import { parse, shapeOf } from "../grammar/index.js";
import { scan } from "../grammar/lexer.js";
import { positionOf, type SourceFile } from "../grammar/source.js";
import type { Artifact, EntryPlan, Target } from "../runtime/format.js";

/** Stages that can be printed, in the order in which a program passes them. */
export const stages = [
  "tokens",
  "ast",
  "types",
  "graph",
  "gradient",
  "kernels",
  "plan",
  "wgsl",
] as const;
export type Stage = (typeof stages)[number];

/** What a stage is printed from. */
export interface EmitInput {
  readonly source: SourceFile;
  readonly target: Target;
  /** Compiles the source; a file that does not compile ends the command. */
  readonly compile: (withGradients: boolean) => Compiled;
}

/** The text of one stage. */
export function emitStage(stage: Stage, input: EmitInput): string {
  return printers[stage](input);
}

const printers: Readonly<Record<Stage, (input: EmitInput) => string>> = {
  tokens: ({ source }) => tokensText(source),
  ast: ({ source }) => `${JSON.stringify(shapeOf(parse(source).module), null, 2)}\n`,
  types: ({ compile }) => entriesText(compile(false)),
  graph: ({ compile }) => sections(compile(false).entries, ({ program }) => print(program)),
  gradient: ({ compile }) =>
    sections(
      compile(true).entries.filter(({ name }) => name.endsWith(".grad")),
      ({ program }) => print(program),
    ),
  kernels: (input) => kernelsText(artifactOf(input)),
  plan: (input) => sections(artifactOf(input).entries, planText),
  wgsl: (input) =>
    artifactOf(input)
      .kernels.map(({ wgsl }, i) => `// kernel ${String(i)}\n${wgsl.trimEnd()}\n`)
      .join("\n"),
};

const artifactOf = ({ compile, target }: EmitInput): Artifact =>
  buildArtifact(compile(false), { target });

function sections<T extends { readonly name: string }>(
  entries: readonly T[],
  text: (entry: T) => string,
): string {
  return entries.map((entry) => `// ${entry.name}\n${text(entry)}`).join("\n");
}

function tokensText(source: SourceFile): string {
  const lines = scan(source).tokens.map(({ startOffset, image, tokenType }) => {
    const { line, column } = positionOf(source, startOffset);
    return `${String(line)}:${String(column)} ${tokenType.name} ${image}`;
  });
  return `${lines.join("\n")}\n`;
}

function entriesText({ entries, variables }: Compiled): string {
  const stored = variables.map(
    ({ path, role, dtype, shape }) => `${role} ${path}: ${dtype}[${shape.join(", ")}]`,
  );
  return `${[...entries.map(entryText), ...stored].join("\n")}\n`;
}

function entryText({ name, signature, program }: Entry): string {
  const inputs = signature.inputs.map((input) => `${input.name}: ${showType(input)}`).join(", ");
  const results = program.outputs
    .filter(({ role }) => role === "result" || role === "gradient")
    .map((output) => `${output.name}: ${showType(output.value.type)}`);
  const guards = signature.guards.map(({ text }) => text).join(", ");
  return `${name}(${inputs}) -> (${results.join(", ")})${guards === "" ? "" : ` where ${guards}`}`;
}

function kernelsText({ kernels }: Artifact): string {
  const lines = kernels.map(({ label, origin, bindings }, i) => {
    const from = origin === undefined ? "" : ` from ${origin}`;
    return `${String(i)} ${label}(${bindings.join(", ")})${from}`;
  });
  return `${lines.join("\n")}\n`;
}

/** Dispatches in order, each with the tensors it binds and the number of workgroups as a formula, then the loops over them. */
function planText({ program }: EntryPlan): string {
  const dispatches = program.dispatches.map(({ kernel, tensors, groups }) => {
    const places = tensors.map((number) => JSON.stringify(program.tensors[number]?.place));
    return `kernel ${String(kernel)} x ${JSON.stringify(groups)}: ${places.join(" ")}`;
  });
  const loops = program.loops.map(
    ({ from, to, count }) =>
      `${JSON.stringify(count)} rounds of dispatches ${String(from)} to ${String(to)}`,
  );
  return `${[...dispatches, ...loops].join("\n")}\n`;
}
