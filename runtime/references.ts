// Checks what the parts of a manifest say of one another: numbers that name something, places that must exist, ranges that must fit.
import {
  bytesOf,
  codedLayout,
  alignment,
  type EntryPlan,
  type Formula,
  type KernelEntry,
  type Manifest,
  type Place,
  type ProgramPlan,
  type Schedule,
  type StepPlan,
} from "./format.js";
import { SchemaProblem } from "./schema.js";

/** Throws a `SchemaProblem` for the first reference that leads nowhere. */
export function checkReferences(manifest: Manifest): void {
  checkVariables(manifest);
  checkWeights(manifest);
  need(manifest.schedules.length > 0, "manifest.schedules", "is empty");
  for (const [i, schedule] of manifest.schedules.entries())
    checkSchedule(manifest, schedule, `manifest.schedules[${String(i)}]`);
}

function need(holds: boolean, at: string, reason: string): asserts holds {
  if (!holds) throw new SchemaProblem(at, reason);
}

const distinct = (items: readonly unknown[]): boolean => new Set(items).size === items.length;

/** Variables lie in their arenas, apart from one another, trained ones in front. */
function checkVariables({ variables, arenas }: Manifest): void {
  const at = "manifest.variables";
  need(distinct(variables.map(({ path }) => path)), at, "names a path twice");
  need(arenas.trained <= arenas.parameters, "manifest.arenas", "trains more than there is");
  const ends = { parameter: 0, state: 0 };
  for (const v of [...variables].sort((a, b) => a.offset - b.offset)) {
    const count = v.shape.reduce((a, b) => a * b, 1);
    const bytes = v.storage ? 4 * codedLayout(v.storage, count).words : bytesOf(v.dtype, count);
    need(bytes === v.bytes, at, "has a variable whose bytes are not those of its shape");
    need(v.offset % alignment === 0, at, "has a variable at an odd place");
    need(v.offset >= ends[v.role], at, "has variables that overlap");
    ends[v.role] = v.offset + v.bytes;
    const arena = v.role === "parameter" ? arenas.parameters : arenas.states;
    need(ends[v.role] <= arena, at, "has a variable outside of its arena");
  }
}

function checkWeights({ weights }: Manifest): void {
  if (!weights) return;
  const pieces = Math.ceil(weights.bytes / weights.piece);
  need(weights.sha256.length === pieces, "manifest.weights", "has not one hash for each piece");
}

function checkSchedule(manifest: Manifest, schedule: Schedule, at: string): void {
  const { kernels, init, entries, steps } = schedule;
  const names = [...entries, ...steps].map(({ name }) => name);
  need(distinct(names), at, "has two entries of one name");
  const roles = new Map(manifest.variables.map(({ path, role }) => [path, role]));
  const within = {
    manifest,
    roles,
    kernels,
    inputs: [],
    moments: [],
    numbers: [],
    isUpdate: false,
  };
  for (const [i, program] of init.entries())
    checkProgram(program, within, `${at}.init[${String(i)}]`);
  for (const entry of entries) checkEntry(entry, within, `${at}.${entry.name}`);
  for (const step of steps) {
    const inside = { ...within, numbers: (step.numbers ?? []).map(({ name }) => name) };
    checkEntry(step, inside, `${at}.${step.name}`);
    checkStep(step, inside, `${at}.${step.name}`);
  }
}

/** What a program may refer to. */
interface Within {
  readonly manifest: Manifest;
  /** Roles of the variables by path. */
  readonly roles: ReadonlyMap<string, string>;
  readonly kernels: readonly KernelEntry[];
  readonly inputs: EntryPlan["inputs"];
  readonly moments: readonly string[];
  readonly numbers: readonly string[];
  readonly isUpdate: boolean;
}

function checkEntry(entry: EntryPlan, within: Within, at: string): void {
  const { inputs, guards, program } = entry;
  const known = program.symbols.length;
  need(distinct(inputs.map(({ name }) => name)), at, "has two inputs of one name");
  for (const { shape, below } of inputs) checkFormulas([...shape, below ?? 0], known, at);
  for (const { left, right } of guards) checkFormulas([left, right], known, at);
  for (const [i, { from }] of program.symbols.entries()) {
    if (!from) continue;
    need(from.axis < (inputs[from.input]?.shape.length ?? 0), at, "takes a size from no axis");
    checkFormulas([from.factor, from.offset], i, at);
  }
  checkProgram(program, { ...within, inputs }, at);
}

function checkStep(step: StepPlan, within: Within, at: string): void {
  const moments = step.moments.map(({ name }) => name);
  need(distinct(moments), at, "has two moments of one name");
  const inside = { ...within, moments, isUpdate: true };
  const { trained } = within.manifest.arenas;
  const programs = [...(step.clip ? [step.clip] : []), ...step.updates.map((u) => u.program)];
  for (const program of programs) checkProgram(program, inside, at);
  for (const { offset, bytes } of step.updates.flatMap(({ ranges }) => ranges)) {
    need(offset % alignment === 0 && bytes % 4 === 0, at, "updates a range at an odd place");
    need(offset + bytes <= trained, at, "updates more than is trained");
  }
}

function checkProgram(program: ProgramPlan, within: Within, at: string): void {
  const { tensors, dispatches, loops, symbols, words, arenas } = program;
  for (const { elements, place } of tensors) {
    checkFormulas([elements], symbols.length, at);
    checkPlace(place, within, at);
    if (place.kind !== "temporary") continue;
    need(place.arena < arenas, at, "has a tensor in no arena");
    need(place.from <= place.to, at, "has a tensor that ends before it begins");
  }
  for (const { kernel, tensors: bound, groups, flops } of dispatches) {
    checkFormulas([groups, flops ?? 0], symbols.length, at);
    need(kernel < within.kernels.length, at, "dispatches an unknown kernel");
    const { bindings = [] } = within.kernels[kernel] ?? {};
    need(bound.length === bindings.length, at, "binds not what its kernel has");
    need(
      bound.every((tensor) => tensor < tensors.length),
      at,
      "binds an unknown tensor",
    );
  }
  for (const w of words)
    need(w.kind !== "symbol" || w.symbol < symbols.length, at, "has a word of an unknown size");
  for (const { tensor, shape } of program.results) {
    need(tensor < tensors.length, at, "gives back an unknown tensor");
    checkFormulas(shape, symbols.length, at);
  }
  for (const { tensor, to } of program.copies) {
    need(tensor < tensors.length && to.kind !== "temporary", at, "copies what it cannot");
    checkPlace(to, within, at);
  }
  checkLoops(loops, dispatches.length, symbols.length, at);
}

/** Inner loops come before those around them, and none crosses another. */
function checkLoops(
  loops: ProgramPlan["loops"],
  dispatches: number,
  symbols: number,
  at: string,
): void {
  for (const [i, { from, to, count }] of loops.entries()) {
    checkFormulas([count], symbols, at);
    need(from <= to && to < dispatches, at, "has a loop over no dispatches");
    for (const other of loops.slice(0, i)) {
      const isApart = other.to < from || other.from > to;
      const isInside = other.from >= from && other.to <= to;
      need(isApart || isInside, at, "has loops that cross");
    }
  }
}

function checkPlace(place: Place, within: Within, at: string): void {
  const { roles, inputs, moments, numbers, isUpdate } = within;
  switch (place.kind) {
    case "temporary":
      return;
    case "input":
      need(
        inputs.some(({ name }) => name === place.name),
        at,
        "reads an unknown input",
      );
      return;
    case "variable":
      need(roles.get(place.path) === place.role, at, "names an unknown variable");
      return;
    case "gradient":
      need(roles.get(place.path) === "parameter", at, "names an unknown gradient");
      return;
    case "range":
      need(isUpdate, at, "has a range outside of an update");
      return;
    case "moment":
      need(isUpdate && moments.includes(place.name), at, "names an unknown moment");
      return;
    case "number":
      need(numbers.includes(place.name), at, "names an unknown variable");
  }
}

/** Formulas may use the first `known` symbols. */
function checkFormulas(formulas: readonly Formula[], known: number, at: string): void {
  for (const formula of formulas) {
    if (typeof formula === "number") continue;
    if (formula[0] === "sym") {
      need(formula[1] < known, at, "uses an unknown size");
      continue;
    }
    const [, ...parts] = formula;
    checkFormulas(parts, known, at);
  }
}
