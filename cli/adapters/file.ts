// Adapter files: what adapters add to a base, in safetensors, with what they are and the fingerprint of the base that they belong to.
import type { AdapterSpec, Compiled, VariableSpec } from "../../compiler/ir/program.js";
import type { HostTensor, StoredTensor, StoredTensors } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";
import { dataFault } from "../faults.js";
import { readSafetensors, writeSafetensors } from "../files.js";
import { hostTensor } from "../tensors.js";

const format = "adjoint-adapter/1";

/** What a file says of one adapter. */
export type NotedAdapter = Pick<AdapterSpec, "path" | "adapter" | "settings" | "scale">;

const noted = ({ path, adapter, settings, scale }: AdapterSpec): NotedAdapter => ({
  path,
  adapter,
  settings,
  ...(scale === undefined ? {} : { scale }),
});

/** Writes what the adapters of a model hold, for the base with this fingerprint. */
export function writeAdapter(
  path: string,
  compiled: Compiled,
  values: Tensors,
  base: string,
): void {
  const added = addedOf(compiled).flatMap((v) => {
    const value = values.get(v.path);
    return value ? [[v.path, value] as const] : [];
  });
  writeSafetensors(path, added, {
    format,
    base,
    model: compiled.name,
    adapters: JSON.stringify((compiled.adapters ?? []).map(noted)),
  });
}

const addedOf = ({ variables }: Compiled): readonly VariableSpec[] =>
  variables.filter((v) => v.isAdded === true);

/**
 * Reads an adapter file for a model whose base has the given fingerprint. Whatever does not fit is refused with both sides named, and
 * nothing was written by then.
 */
export const readAdapter = (path: string, compiled: Compiled, base: string): Tensors =>
  matchAdapter(readSafetensors(path), path, compiled, base);

/** What an adapter file holds, whatever model it is for. */
export interface OpenedAdapter {
  readonly file: string;
  readonly adapters: readonly NotedAdapter[];
  readonly tensors: Tensors;
}

/** Reads an adapter file for the base with a fingerprint; refuses one of another base, and numbers that are not finite. */
export function openAdapter(path: string, base: string): OpenedAdapter {
  const stored = readSafetensors(path);
  checkKind(stored, path);
  checkBase(stored, path, base);
  const adapters = notesOf(stored, path);
  const tensors = new Map(
    [...stored.tensors].map(([name, tensor]) => [name, hostTensor(tensor, "f32", path)] as const),
  );
  const [fault] = notFinite(tensors);
  if (fault !== undefined) throw dataFault("adapter-mismatch", `\`${path}\`: ${fault}`);
  return { file: path, adapters, tensors };
}

/** As `readAdapter`, of tensors that were read. */
export function matchAdapter(
  stored: StoredTensors,
  file: string,
  compiled: Compiled,
  base: string,
): Tensors {
  checkKind(stored, file);
  checkBase(stored, file, base);
  refuse(file, compiled, faultsOf(stored, file, compiled));
  const values = new Map<string, HostTensor>();
  for (const { path, dtype } of addedOf(compiled)) {
    const tensor = stored.tensors.get(path);
    if (tensor) values.set(path, hostTensor(tensor, dtype, file));
  }
  refuse(file, compiled, notFinite(values));
  return values;
}

/**
 * In what an adapter file does not fit a model, the base apart: empty where its tensors take the place of those that the model has
 * now, without compiling anew.
 */
export function replacementFaults(path: string, compiled: Compiled): readonly string[] {
  const stored = readSafetensors(path);
  checkKind(stored, path);
  return faultsOf(stored, path, compiled);
}

const faultsOf = (stored: StoredTensors, file: string, compiled: Compiled): readonly string[] => [
  ...differences(notesOf(stored, file), (compiled.adapters ?? []).map(noted)),
  ...misfits(stored, compiled),
];

function refuse(file: string, { name }: Compiled, faults: readonly string[]): void {
  const [first] = faults;
  if (first === undefined) return;
  const most = 8;
  const rest = faults.length > most ? [`and ${String(faults.length - most)} more`] : [];
  throw dataFault(
    "adapter-mismatch",
    `\`${file}\` does not fit \`${name}\`:\n  ${[...faults.slice(0, most), ...rest].join("\n  ")}`,
    "build the model with the `adapt` lines that the file was trained with",
  );
}

function checkKind({ tensors, metadata }: StoredTensors, file: string): void {
  const found = metadata.get("format");
  if (found === format) return;
  const isPeft = [...tensors.keys()].some((name) => name.startsWith("base_model.model."));
  throw dataFault(
    "adapter-format",
    found === undefined
      ? `\`${file}\` is no adapter file of this format, \`${format}\``
      : `\`${file}\` has the format \`${found}\`, and this version reads \`${format}\``,
    isPeft ? "it looks like one of PEFT: `dl peft import` reads its folder" : undefined,
  );
}

function checkBase({ metadata }: StoredTensors, file: string, base: string): void {
  const wanted = metadata.get("base") ?? "(none)";
  if (wanted === base) return;
  throw dataFault(
    "adapter-base",
    `\`${file}\` was trained on the base ${short(wanted)}, and the weights given are ${short(base)}`,
    "give the weights that it was trained on",
  );
}

const short = (fingerprint: string): string =>
  fingerprint.length > 24 ? `${fingerprint.slice(0, 19)}…` : fingerprint;

function notesOf({ metadata }: StoredTensors, file: string): readonly NotedAdapter[] {
  const text = metadata.get("adapters");
  try {
    const parsed: unknown = JSON.parse(text ?? "");
    if (Array.isArray(parsed) && parsed.every(isNoted)) return parsed;
  } catch {
    // What is no JSON is refused like what says something else.
  }
  throw dataFault("adapter-format", `what \`${file}\` says of its adapters cannot be read`);
}

const isNoted = (value: unknown): value is NotedAdapter =>
  typeof value === "object" &&
  value !== null &&
  "path" in value &&
  "adapter" in value &&
  "settings" in value &&
  typeof value.path === "string" &&
  typeof value.adapter === "string" &&
  typeof value.settings === "object" &&
  value.settings !== null;

/**
 * How adapters differ from those of a model; empty where the tensors of one take the place of the other's without compiling anew, which
 * is decided from declarations alone.
 */
export function differences(
  given: readonly NotedAdapter[],
  built: readonly NotedAdapter[],
): readonly string[] {
  const here = new Map(built.map((a) => [a.path, a]));
  const there = new Map(given.map((a) => [a.path, a]));
  return [
    ...given.flatMap((a) => {
      const own = here.get(a.path);
      return own
        ? between(a, own)
        : [`it adapts \`${a.path}\` by \`${a.adapter}\`, which the model does not adapt`];
    }),
    ...built.flatMap((a) =>
      there.has(a.path)
        ? []
        : [`the model adapts \`${a.path}\` by \`${a.adapter}\`, which the file does not`],
    ),
  ];
}

function between(given: NotedAdapter, own: NotedAdapter): readonly string[] {
  const at = `at \`${own.path}\``;
  if (given.adapter !== own.adapter)
    return [`${at} it has \`${given.adapter}\`, and the model \`${own.adapter}\``];
  const names = new Set([...Object.keys(given.settings), ...Object.keys(own.settings)]);
  return [...names].flatMap((name) => {
    // What acts while training only is free to differ.
    const [a, b] = [given.settings[name], own.settings[name]];
    return a === b || trainingOnly.has(name)
      ? []
      : [`${at} its \`${name}\` is ${String(a)}, and the model's is ${String(b)}`];
  });
}

const trainingOnly: ReadonlySet<string> = new Set(["dropout"]);

function misfits({ tensors }: StoredTensors, compiled: Compiled): readonly string[] {
  const added = new Map(addedOf(compiled).map((v) => [v.path, v]));
  return [
    ...[...added.values()].flatMap((v) => {
      const tensor = tensors.get(v.path);
      if (!tensor) return [`it lacks \`${v.path}\`, ${typeText(v)} in the model`];
      return misfit(v, tensor);
    }),
    ...[...tensors.keys()].flatMap((name) =>
      added.has(name) ? [] : [`it holds \`${name}\`, which no adapter of the model has`],
    ),
  ];
}

const typeText = ({ dtype, shape }: VariableSpec): string => `${dtype}[${shape.join(", ")}]`;

function misfit(spec: VariableSpec, { dtype, shape }: StoredTensor): readonly string[] {
  const isFloat = dtype.startsWith("F") || dtype === "BF16";
  if (shape.join() === spec.shape.join() && isFloat === (spec.dtype === "f32")) return [];
  return [`\`${spec.path}\` is ${dtype}[${shape.join(", ")}], and ${typeText(spec)} in the model`];
}

const notFinite = (values: Tensors): readonly string[] =>
  [...values].flatMap(([path, { data }]) => {
    const at = data.findIndex((x) => !Number.isFinite(x));
    return at < 0
      ? []
      : [
          `\`${path}\` has ${String(data[at])} at element ${String(at)}, where the model needs numbers`,
        ];
  });
