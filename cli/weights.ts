// Matches the tensors of a weight file with the parameters and states of a model, and says what does not fit.
import { nearest, weights as findings, type Diagnostic } from "../compiler/diagnostics/index.js";
import type { VariableSpec } from "../compiler/ir/program.js";
import type { HostTensor, StoredTensor, StoredTensors } from "../runtime/weights.js";
import type { Tensors } from "./backend.js";
import { printDiagnostics } from "./diagnostics.js";
import { Exit, exitStatus } from "./faults.js";
import { readSafetensors } from "./files.js";
import type { Io } from "./io.js";
import { hostTensor } from "./tensors.js";

/** Reads a weight file for these variables; where it does not fit, every misfit is printed and the command ends. */
export const readWeights = (path: string, variables: readonly VariableSpec[], io: Io): Tensors =>
  fittingWeights(readSafetensors(path), variables, path, io);

/** As `readWeights`, of tensors that were read already; `path` is their file in messages. */
export function fittingWeights(
  tensors: StoredTensors,
  variables: readonly VariableSpec[],
  path: string,
  io: Io,
): Tensors {
  const { values, diagnostics } = matchWeights(tensors, variables, path);
  if (diagnostics.length === 0) return values;
  printDiagnostics(diagnostics, io);
  throw new Exit(exitStatus.wrong);
}

/** What of a weight file fits, and findings about what does not. */
export interface MatchedWeights {
  readonly values: Tensors;
  readonly diagnostics: readonly Diagnostic[];
}

/** Matches stored tensors with variables by path. States and what adapters add may be missing: initialisers fill them. */
export function matchWeights(
  { tensors }: StoredTensors,
  variables: readonly VariableSpec[],
  file: string,
): MatchedWeights {
  const known = new Set(variables.map(({ path }) => path));
  const extra = new Set(
    [...tensors.keys()].filter((name) => !known.has(name) && !isPyTorchCounter(name)),
  );
  const values = new Map<string, HostTensor>();
  const prefixed = commonPrefix(tensors, variables, file);
  if (prefixed) return { values, diagnostics: [prefixed] };
  const diagnostics: Diagnostic[] = [];
  for (const variable of variables) {
    const stored = tensors.get(variable.path);
    const finding = stored
      ? misfit(variable, stored, file)
      : missing(variable, tensors, extra, file);
    if (finding) diagnostics.push(finding);
    else if (stored) values.set(variable.path, hostTensor(stored, variable.dtype, file));
  }
  if (extra.size > 0) diagnostics.push(findings.weightsExtra({ file, paths: [...extra] }));
  return { values, diagnostics };
}

/** One finding for a file in which every name lacks the same beginning, or has it too much. */
function commonPrefix(
  tensors: StoredTensors["tensors"],
  variables: readonly VariableSpec[],
  file: string,
): Diagnostic | undefined {
  const paths = variables.filter(({ role }) => role === "parameter").map(({ path }) => path);
  const stored = [...tensors.keys()];
  const inFile = prefixOver(stored, paths);
  if (inFile !== undefined)
    return findings.weightsPrefixed({ file, prefix: inFile, isInFile: true });
  const inModel = prefixOver(paths, stored);
  return inModel === undefined
    ? undefined
    : findings.weightsPrefixed({ file, prefix: inModel, isInFile: false });
}

/** What stands before all of the shorter names in the longer ones, which have nothing else. */
function prefixOver(longer: readonly string[], shorter: readonly string[]): string | undefined {
  const [first] = longer;
  const [end] = shorter.filter((name) => first?.endsWith(`.${name}`) === true);
  if (first === undefined || end === undefined) return undefined;
  const prefix = first.slice(0, first.length - end.length);
  const all = new Set(longer);
  const isWhole =
    longer.every((name) => name.startsWith(prefix)) &&
    shorter.every((name) => all.has(`${prefix}${name}`));
  return isWhole ? prefix : undefined;
}

/** A missing parameter; what the file seems to call it counts no more as a tensor that the model lacks. */
function missing(
  { path, role, dtype, shape, isAdded, span }: VariableSpec,
  tensors: StoredTensors["tensors"],
  extra: Set<string>,
  file: string,
): Diagnostic | undefined {
  if (role === "state" || isAdded === true) return undefined;
  const fits = (name: string): boolean => tensors.get(name)?.shape.join() === shape.join();
  const renamed = nearestPath(path, [...extra].filter(fits));
  if (renamed !== undefined) extra.delete(renamed);
  return findings.weightsMissing({
    file,
    path,
    type: `${dtype}[${shape.join(", ")}]`,
    ...(span ? { declared: span } : {}),
    ...(renamed === undefined ? {} : { renamed }),
  });
}

function misfit(
  { path, dtype, shape, span }: VariableSpec,
  stored: StoredTensor,
  file: string,
): Diagnostic | undefined {
  const place = { file, path, ...(span ? { declared: span } : {}) };
  if (
    shape.length !== stored.shape.length ||
    shape.some((size, axis) => size !== stored.shape[axis])
  ) {
    return findings.weightsShape({ ...place, dtype, expected: shape, found: stored.shape });
  }
  const isFloat = stored.dtype.startsWith("F") || stored.dtype === "BF16";
  if (isFloat === (dtype === "f32" || dtype === "f16")) return undefined;
  return findings.weightsDtype({ ...place, expected: dtype, found: stored.dtype });
}

/** A path that differs by a slip, or else the one that shares most steps at its end: files often add a prefix. */
function nearestPath(path: string, candidates: readonly string[]): string | undefined {
  const [slip] = nearest(path, candidates);
  if (slip !== undefined) return slip;
  let best: string | undefined;
  let most = 1;
  for (const candidate of candidates) {
    const shared = sharedSteps(path, candidate);
    if (shared > most) [best, most] = [candidate, shared];
  }
  return best;
}

function sharedSteps(a: string, b: string): number {
  const [x, y] = [a.split(".").reverse(), b.split(".").reverse()];
  const differs = x.findIndex((step, i) => step !== y[i]);
  return differs < 0 ? x.length : differs;
}

/** PyTorch's batch norms count their batches; nothing here depends on the count. */
const isPyTorchCounter = (name: string): boolean => /(^|\.)num_batches_tracked$/.test(name);
