// Builds the artifact of a compiled model: every entry and training step as dispatches over tensors, and the shaders.
import {
  formatVersion,
  gradientSums,
  type Artifact,
  type EntryPlan,
  type Place,
  type StepPlan,
  type UpdatePlan,
} from "../../runtime/format.js";
import type {
  Compiled,
  Entry,
  LeafSpec,
  Output,
  Program,
  TrainStep,
  Update,
} from "../ir/program.js";
import { symsOf, type Sym } from "../types/dim.js";
import type { Choice } from "../codegen/choice.js";
import { Kernels } from "./kernels.js";
import type { Homes } from "./places.js";
import { planProgram, type Symbols } from "./program.js";
import { planSignature, planSymbols } from "./signature.js";
import { layOutVariables, type VariableLayout } from "./variables.js";

/** For which device to build: `target` is `portable(…)`, or the target of a device. */
export type BuildOptions = Choice;

/** The artifact of a compiled model. */
export function buildArtifact(compiled: Compiled, options: BuildOptions): Artifact {
  const kernels = new Kernels();
  const variables = layOutVariables(compiled);
  const homes = initHomes(compiled);
  const init = compiled.init.map((phase) =>
    planProgram(phase, noInputs(phase), homes, kernels, options),
  );
  const entries = compiled.entries.map((entry) => planEntry(entry, kernels, options));
  const steps = compiled.steps.map((step) => planStep(step, variables, kernels, options));
  return {
    format: formatVersion,
    name: compiled.name,
    needs: kernels.needs,
    kernels: kernels.texts,
    variables: variables.plans,
    arenas: variables.arenas,
    init,
    entries,
    steps,
  };
}

const noInputs = (program: Program): Symbols => planSymbols([], freeSyms(program));

/** Sizes that a program mentions although no input binds them; a fault shows where they are used. */
const freeSyms = (program: Program): Sym[] => [
  ...new Set(program.outputs.flatMap((o) => o.value.type.shape.flatMap((d) => [...symsOf(d)]))),
];

const entryHomes: Homes = {
  leaf: (spec) =>
    spec.role === "input" || spec.role === "scalar"
      ? { kind: "input", name: spec.name }
      : { kind: "variable", role: spec.role, path: spec.name },
  output: ({ role, name }) =>
    role === "parameter" || role === "state" ? { kind: "variable", role, path: name } : undefined,
};

/** What fills a coded parameter is handed back, for whoever runs the artifact to code it. */
function initHomes({ variables }: Compiled): Homes {
  const coded = new Set(variables.flatMap(({ path, storage }) => (storage ? [path] : [])));
  return {
    leaf: (spec) => entryHomes.leaf(spec),
    output: (output) => (coded.has(output.name) ? undefined : entryHomes.output(output)),
  };
}

/** The number of a step that a leaf or an output is. */
const numberIn =
  ({ numbers = [] }: TrainStep) =>
  ({ role, name }: LeafSpec | Output): Place | undefined =>
    role === "state" && numbers.some((n) => n.name === name) ? { kind: "number", name } : undefined;

function stepHomes(step: TrainStep): Homes {
  const number = numberIn(step);
  return {
    leaf: (spec) => number(spec) ?? entryHomes.leaf(spec),
    output: (output) =>
      output.role === "gradient" && !output.name.startsWith("inputs.")
        ? { kind: "gradient", path: output.name }
        : (number(output) ?? entryHomes.output(output)),
  };
}

function clipHomes(step: TrainStep): Homes {
  const number = numberIn(step);
  return {
    leaf: (spec) => number(spec) ?? { kind: "range", of: "gradients" },
    output: (output) => number(output),
  };
}

/** The symbols of an entry, with the signature that binds them. */
function planEntry(
  entry: Entry,
  kernels: Kernels,
  options: Choice,
  homes: Homes = entryHomes,
): EntryPlan {
  const symbols = planSymbols(entry.signature.inputs, entry.signature.symbols);
  const program = planProgram(entry.program, symbols, homes, kernels, options);
  return { name: entry.name, ...planSignature(entry.signature, symbols), program };
}

function planStep(
  step: TrainStep,
  variables: VariableLayout,
  kernels: Kernels,
  options: Choice,
): StepPlan {
  const clip =
    step.clip &&
    planProgram(step.clip, lengthSymbols(step.clip), clipHomes(step), kernels, options);
  const { accumulation } = step;
  const flat = (program: Program): UpdatePlan =>
    planUpdate(
      {
        parameters: step.updates.flatMap((u) => u.parameters),
        isFlat: true,
        ...(accumulation ? { length: accumulation.length } : {}),
        program,
      },
      variables,
      kernels,
      options,
      sumHomes,
    );
  const accumulated = accumulation && {
    count: accumulation.count,
    add: flat(accumulation.add),
    finish: flat(accumulation.finish),
  };
  return {
    ...planEntry(step, kernels, options, stepHomes(step)),
    ...(accumulated ? { accumulation: accumulated } : {}),
    ...(clip ? { clip } : {}),
    updates: step.updates.map((update) => planUpdate(update, variables, kernels, options)),
    moments: step.moments,
    ...(step.numbers ? { numbers: step.numbers } : {}),
  };
}

/** The one symbol of a flat program: the number of elements of the range it runs over. */
function lengthSymbols(program: Program, declared?: Sym): Symbols {
  const leaves = program.graph.values.flatMap((v) =>
    v.op.lower.kind === "leaf" ? (v.attrs as LeafSpec).shape : [],
  );
  const found = new Set([
    ...(declared ? [declared] : []),
    ...leaves.flatMap((d) => [...symsOf(d)]),
  ]);
  const syms = [...found];
  return { syms, plans: syms.map((s) => ({ name: s.name })) };
}

function planUpdate(
  update: Update,
  variables: VariableLayout,
  kernels: Kernels,
  options: Choice,
  homes: Homes = updateHomes,
): UpdatePlan {
  const program = planProgram(
    update.program,
    lengthSymbols(update.program, update.length),
    homes,
    kernels,
    options,
  );
  const ranges = rangesOf(update, variables, options.target.bindingBytes);
  return { program, ranges, isFlat: update.isFlat };
}

function updateLeaf(spec: LeafSpec): Place {
  if (spec.role === "parameter") return { kind: "range", of: "parameters" };
  if (spec.role === "state") return { kind: "moment", name: spec.name };
  return { kind: "range", of: "gradients" };
}

const updateOutput = ({ role, name }: Output): Place | undefined =>
  role === "parameter"
    ? { kind: "range", of: "parameters" }
    : role === "state"
      ? { kind: "moment", name }
      : undefined;

const updateHomes: Homes = { leaf: updateLeaf, output: updateOutput };

/** Sums of gradients are the one state of what adds them up. */
const sumHome = ({ role }: LeafSpec | Output): Place =>
  role === "state" ? { kind: "moment", name: gradientSums } : { kind: "range", of: "gradients" };

const sumHomes: Homes = { leaf: sumHome, output: sumHome };

/** Contiguous ranges of the arena that cover the parameters of an update, each of at most so many bytes where it is flat. */
function rangesOf(
  update: Update,
  variables: VariableLayout,
  most: number,
): { offset: number; bytes: number }[] {
  const places = variables.plans
    .filter((v) => v.role === "parameter" && update.parameters.includes(v.path))
    .sort((a, b) => a.offset - b.offset);
  if (!update.isFlat) return places.map(({ offset, bytes }) => ({ offset, bytes }));
  const ranges: { offset: number; bytes: number }[] = [];
  for (const { offset, bytes } of places) {
    const last = ranges.at(-1);
    const size = Math.ceil(bytes / 256) * 256;
    if (last && last.offset + last.bytes === offset) last.bytes += size;
    else ranges.push({ offset, bytes: size });
  }
  const part = Math.floor(most / 256) * 256;
  return ranges.flatMap(({ offset, bytes }) =>
    Array.from({ length: Math.ceil(bytes / part) }, (_, i) => {
      return { offset: offset + i * part, bytes: Math.min(part, bytes - i * part) };
    }),
  );
}
