// PEFT's files: adapter_config.json and adapter_model.safetensors, from and to the adapters of a model.
import type { AdapterSpec, Compiled } from "../../compiler/ir/program.js";
import type { HostTensor } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";
import { dataFault } from "../faults.js";

/** What is read of an `adapter_config.json`. */
export interface PeftConfig {
  readonly peft_type: string;
  readonly r: number;
  readonly lora_alpha: number;
  readonly target_modules: readonly string[] | string | null;
  readonly rank_pattern?: Readonly<Record<string, number>>;
  readonly alpha_pattern?: Readonly<Record<string, number>>;
  readonly fan_in_fan_out?: boolean;
  readonly modules_to_save?: readonly string[] | null;
  readonly use_rslora?: boolean;
  readonly use_dora?: boolean;
  readonly bias?: string;
}

/** Names of tensors in a PEFT file, and what they are called here; A and B of an embedding have names of their own. */
const parts = [
  ["lora_A.weight", "lora_a"],
  ["lora_B.weight", "lora_b"],
  ["lora_embedding_A", "lora_a"],
  ["lora_embedding_B", "lora_b"],
  ["lora_magnitude_vector", "magnitude"],
  ["lora_magnitude_vector.weight", "magnitude"],
] as const;

const prefix = "base_model.model.";

/** Parses and checks a configuration; what nobody here can compute is refused by name. */
export function parsePeftConfig(text: string, file: string): PeftConfig {
  const parsed = jsonOf(text, file);
  const { peft_type, r, lora_alpha } = parsed;
  if (peft_type !== "LORA")
    throw dataFault(
      "peft-config",
      `\`${file}\` is of the type \`${String(peft_type)}\`, and \`LORA\` is read`,
    );
  if (typeof r !== "number" || !Number.isInteger(r) || r < 1)
    throw dataFault(
      "peft-config",
      `\`${file}\`: \`r\` is ${String(r)}, where a whole number above 0 is needed`,
    );
  if (typeof lora_alpha !== "number" || !(lora_alpha > 0))
    throw dataFault(
      "peft-config",
      `\`${file}\`: \`lora_alpha\` is ${String(lora_alpha)}, where a number above 0 is needed`,
    );
  const { bias = "none" } = parsed;
  if (bias !== "none")
    throw dataFault("peft-config", `\`${file}\`: \`bias\` is not \`none\`, which alone is read`);
  return parsed as unknown as PeftConfig;
}

function jsonOf(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    // Refused below, as what is JSON and no object is.
  }
  throw dataFault("peft-config", `\`${file}\` is no JSON object`);
}

/** The number that a pattern gives a layer: its keys are ends of paths, or regular expressions of them, as PEFT matches them. */
function patterned(
  pattern: Readonly<Record<string, number>> | undefined,
  path: string,
  otherwise: number,
): number {
  for (const [key, value] of Object.entries(pattern ?? {}))
    if (new RegExp(`(^|\\.)(${key})$`).test(path)) return value;
  return otherwise;
}

/** Rank, alpha and scale that a configuration gives a layer. */
export function peftSettings(
  config: PeftConfig,
  path: string,
): { readonly rank: number; readonly alpha: number; readonly scale: number } {
  const rank = patterned(config.rank_pattern, path, config.r);
  const alpha = patterned(config.alpha_pattern, path, config.lora_alpha);
  return { rank, alpha, scale: alpha / (config.use_rslora === true ? Math.sqrt(rank) : rank) };
}

/**
 * The tensors of a PEFT file under the paths of a model, whose adapters must be those that the configuration says. `fan_in_fan_out` says
 * how the base stores its weights; A and B are the same either way. What `modules_to_save` holds replaces tensors of the base.
 */
export function fromPeft(config: PeftConfig, tensors: Tensors, compiled: Compiled): Tensors {
  const faults: string[] = [];
  const values = new Map<string, HostTensor>();
  const adapters = new Map((compiled.adapters ?? []).map((a) => [a.path, a]));
  for (const [name, tensor] of tensors) {
    const place = placeOf(name);
    if (!place) {
      const saved = savedPath(name, config);
      if (saved === undefined) faults.push(`\`${name}\` is no tensor of LoRA that is known here`);
      else values.set(saved, tensor);
      continue;
    }
    if (adapters.has(place.path)) values.set(`${place.path}.${place.part}`, tensor);
    else faults.push(`it adapts \`${place.path}\`, which \`${compiled.name}\` does not`);
  }
  for (const adapter of adapters.values()) faults.push(...unlike(config, adapter));
  const wanted = compiled.variables.filter((v) => v.isAdded === true);
  for (const { path, shape } of wanted) {
    const found = values.get(path);
    if (!found) faults.push(`it lacks \`${path}\`, [${shape.join(", ")}] in the model`);
    else if (sizeOf(found.shape) !== sizeOf(shape) || !isAlike(found.shape, shape))
      faults.push(
        `\`${path}\` is [${found.shape.join(", ")}], and [${shape.join(", ")}] in the model`,
      );
    else values.set(path, { ...found, shape });
  }
  if (faults.length > 0)
    throw dataFault(
      "peft-mismatch",
      `the PEFT adapter does not fit \`${compiled.name}\`:\n  ${faults.slice(0, 8).join("\n  ")}`,
      `it wants: ${declarationOf(config, tensors)}`,
    );
  return values;
}

/** Layer and part that the name of a tensor means. */
function placeOf(name: string): { readonly path: string; readonly part: string } | undefined {
  const inner = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  for (const [theirs, part] of parts)
    if (inner.endsWith(`.${theirs}`)) return { path: inner.slice(0, -theirs.length - 1), part };
  return undefined;
}

/** Where a tensor of `modules_to_save` belongs in the base. */
function savedPath(name: string, { modules_to_save: saved }: PeftConfig): string | undefined {
  const inner = (name.startsWith(prefix) ? name.slice(prefix.length) : name).replace(
    ".modules_to_save",
    "",
  );
  const layer = inner.split(".").slice(0, -1).join(".");
  return (saved ?? []).some((module) => layer === module || layer.endsWith(`.${module}`))
    ? inner
    : undefined;
}

/** How an adapter of the model differs from what a configuration says of its layer. */
function unlike(
  config: PeftConfig,
  { path, adapter, settings, scale }: AdapterSpec,
): readonly string[] {
  const { rank, scale: wanted } = peftSettings(config, path);
  const turned = config.use_dora === true;
  return [
    ...(turned === adapter.startsWith("dora")
      ? []
      : [`at \`${path}\` it is ${turned ? "DoRA" : "LoRA"}, and the model has \`${adapter}\``]),
    ...(settings["rank"] === rank
      ? []
      : [
          `at \`${path}\` its rank is ${String(rank)}, and the model's is ${String(settings["rank"])}`,
        ]),
    ...(scale !== undefined && Math.abs(scale - wanted) <= 1e-6 * wanted
      ? []
      : [`at \`${path}\` its scale is ${String(wanted)}, and the model's is ${String(scale)}`]),
  ];
}

/** The `adapt` lines of a model that a configuration fits. */
export function declarationOf(config: PeftConfig, tensors: Tensors): string {
  const paths = [...new Set([...tensors.keys()].flatMap((name) => placeOf(name)?.path ?? []))];
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const { rank, alpha } = peftSettings(config, path);
    const isTable = [...tensors.keys()].some((n) => n.includes(`${path}.lora_embedding_A`));
    const name = `${config.use_dora === true ? "dora" : "lora"}${isTable ? "_embedding" : ""}`;
    const stabilised = config.use_rslora === true ? ", stabilised = true" : "";
    const by = `${name}(rank = ${String(rank)}, alpha = ${String(alpha)}${stabilised})`;
    groups.set(by, [...(groups.get(by) ?? []), path]);
  }
  return [...groups].map(([by, list]) => `adapt ${list.join(", ")} by ${by}`).join("; ");
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** PEFT keeps some vectors with axes of length 1. */
const isAlike = (a: readonly number[], b: readonly number[]): boolean =>
  a.filter((n) => n !== 1).join() === b.filter((n) => n !== 1).join();

/** A PEFT configuration and its tensors for the adapters of a model; adapters that PEFT's LoRA is not are refused. */
export function toPeft(
  compiled: Compiled,
  values: Tensors,
): { readonly config: PeftConfig & Readonly<Record<string, unknown>>; readonly tensors: Tensors } {
  const adapters = compiled.adapters ?? [];
  const foreign = adapters.find(
    ({ adapter }) => !/^(rs)?lora$|^dora$|^(lora|dora)_(embedding|conv2d)$/.test(adapter),
  );
  if (foreign)
    throw dataFault(
      "peft-kind",
      `\`${foreign.path}\` has \`${foreign.adapter}\`, which PEFT's LoRA cannot say`,
    );
  const number = (a: AdapterSpec, name: string): number => Number(a.settings[name]);
  const isStabilised = (a: AdapterSpec): boolean =>
    a.adapter === "rslora" || a.settings["stabilised"] === true;
  const isTurned = (a: AdapterSpec): boolean => a.adapter.startsWith("dora");
  const [first] = adapters;
  if (!first) throw dataFault("not-adapted", `\`${compiled.name}\` has no \`adapt\` line`);
  const odd = adapters.find(
    (a) => isTurned(a) !== isTurned(first) || isStabilised(a) !== isStabilised(first),
  );
  if (odd)
    throw dataFault(
      "peft-kind",
      `\`${first.path}\` has \`${first.adapter}\` and \`${odd.path}\` \`${odd.adapter}\`, and one file of PEFT says either for all`,
    );
  const pattern = (name: string): Readonly<Record<string, number>> =>
    Object.fromEntries(
      adapters
        .filter((a) => number(a, name) !== number(first, name))
        .map((a) => [a.path, number(a, name)]),
    );
  const tensors = new Map<string, HostTensor>();
  for (const adapter of adapters)
    for (const path of adapter.tensors) {
      const value = values.get(path);
      if (value) tensors.set(`${prefix}${theirName(adapter, path)}`, value);
    }
  return {
    tensors,
    config: {
      peft_type: "LORA",
      r: number(first, "rank"),
      lora_alpha: number(first, "alpha"),
      rank_pattern: pattern("rank"),
      alpha_pattern: pattern("alpha"),
      target_modules: adapters.map(({ path }) => path),
      lora_dropout: Number(first.settings["dropout"] ?? 0),
      use_rslora: isStabilised(first),
      use_dora: isTurned(first),
      fan_in_fan_out: false,
      modules_to_save: null,
      bias: "none",
      inference_mode: true,
      task_type: null,
      base_model_name_or_path: compiled.name,
    },
  };
}

function theirName({ path: layer, on }: AdapterSpec, path: string): string {
  const part = path.slice(layer.length + 1);
  const isTable = on === "Embedding";
  const [theirs = part] =
    parts.find(
      ([name, own]) =>
        own === part && name.startsWith("lora_embedding") === (isTable && own !== "magnitude"),
    ) ?? [];
  return `${layer}.${theirs}`;
}
