// Reads a manifest, which may come from anyone: every field has its reader, so nothing else gets further than here.
import { RuntimeFault } from "./errors.js";
import {
  adapterClasses,
  formatVersion,
  isReadable,
  type CodedStorage,
  type DeviceNeeds,
  type DispatchPlan,
  type EntryPlan,
  type Formula,
  type GuardPlan,
  type InputPlan,
  type KernelEntry,
  type LoopPlan,
  type Manifest,
  type Place,
  type ProgramPlan,
  type ResultPlan,
  type Schedule,
  type StepPlan,
  type SymbolPlan,
  type Target,
  type TensorPlan,
  type UpdatePlan,
  type VariablePlan,
  type WeightsEntry,
  type WordPlan,
} from "./format.js";
import { checkReferences } from "./references.js";
import { JsonProblem, readJson, readOwnJson } from "./safetensors/json.js";
import {
  flag,
  list,
  maybe,
  objectOf,
  real,
  record,
  SchemaProblem,
  tagged,
  text,
  whole,
  word,
  type Read,
} from "./schema.js";

/** Bytes of a manifest at most. */
export const largestManifest = 2 ** 26;

/** How deep a manifest may nest. */
const depth = 96;

/** Reads and checks a manifest; `name` is the artifact in messages. Throws a `RuntimeFault`. */
export function readManifest(bytes: Uint8Array, name: string): Manifest {
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value = readOwnJson(json, depth) ?? readJson(json, { depth, keys: 64 });
    const { format } = objectOf(value, "manifest");
    if (typeof format === "number" && !isReadable(format)) throw otherFormat(format, name);
    const read = manifest(value, "manifest");
    checkReferences(read);
    return read;
  } catch (thrown) {
    if (thrown instanceof SchemaProblem) throw damaged(name, `its ${thrown.message}`);
    if (thrown instanceof JsonProblem || thrown instanceof TypeError)
      throw damaged(name, `its manifest is not what it should be: ${thrown.message}`);
    throw thrown;
  }
}

/** Refuses an artifact of another version of the format. */
export const otherFormat = (format: number, name: string): RuntimeFault =>
  new RuntimeFault(
    `\`${name}\` has artifact format ${String(format)}, and this version runs format ${String(formatVersion)}`,
    { code: "format-version", exit: 1, remedy: "build it again with `dl build`" },
  );

/** Refuses an artifact that is not what was built. */
export const damaged = (name: string, why: string): RuntimeFault =>
  new RuntimeFault(`\`${name}\` is damaged: ${why}`, {
    code: "artifact-damaged",
    exit: 1,
    remedy: "build it again with `dl build`",
  });

const count = whole(0, 1e6);
const dtype = word("f32", "f16", "i32", "u32", "bool");
const name = text(/^[^\0-\x1f]{1,400}$/);
const hash = text(/^[0-9a-f]{64}$/);
const role = word("parameter", "state");

const formula: Read<Formula> = (value, at) => {
  if (typeof value === "number") return whole(-(2 ** 52), 2 ** 52)(value, at);
  const parts = list((item) => item, 4096)(value, at);
  const [kind, ...rest] = parts;
  if (kind === "sym" && rest.length === 1) return ["sym", count(rest[0], at)];
  const op = word("add", "mul", "floor", "min", "max", "pow")(kind, at);
  return [op, ...rest.map((part) => formula(part, at))];
};

const needs = record<DeviceNeeds>({
  storageBuffers: count,
  workgroupBytes: count,
  invocations: count,
  features: list(name, 32),
  subgroup: maybe(whole(1, 128)),
});

const target = record<Target>({
  adapterClass: word(...adapterClasses),
  subgroups: maybe(record({ least: count, most: count })),
  storageBuffers: count,
  workgroupBytes: count,
  invocations: count,
  bufferBytes: whole(),
  bindingBytes: whole(),
});

const kernel = record<KernelEntry>({
  label: text(/^[\w.-]{1,80}$/),
  origin: maybe(name),
  bindings: list(word("read", "write", "update"), 64),
  hasWords: flag,
  subgroup: maybe(whole(1, 128)),
  file: text(/^\d{3,6}\.wgsl$/),
  bytes: whole(1, 2 ** 22),
  sha256: hash,
});

/** The numbers that codes of so many bits stand for. */
const levels = list(real, 256);

const bits: Read<4 | 8> = (value, at) => {
  if (value !== 4 && value !== 8) throw new SchemaProblem(at, "is neither 4 nor 8");
  return value;
};

const integersOrLevels: Read<CodedStorage["levels"]> = (value, at) =>
  typeof value === "string" ? word("integers")(value, at) : levels(value, at);

const storage = record<CodedStorage>({
  format: name,
  bits,
  levels: integersOrLevels,
  block: whole(1, 2 ** 20),
  scales: maybe(record({ levels, block: whole(1, 2 ** 20) })),
});

const variable = record<VariablePlan>({
  path: name,
  role,
  dtype,
  shape: list(whole(), 16),
  isTrainable: flag,
  isAdded: maybe(flag),
  storage: maybe(storage),
  offset: whole(),
  bytes: whole(),
});

const input = record<InputPlan>({
  name,
  role: word("input", "scalar"),
  dtype,
  shape: list(formula, 16),
  text: name,
  below: maybe(formula),
  except: maybe(real),
});

const guard = record<GuardPlan>({
  relation: word("==", "!=", "<=", "<"),
  left: formula,
  right: formula,
  text: name,
  leftText: name,
  rightText: name,
  origin: maybe(name),
});

const symbol = record<SymbolPlan>({
  name,
  from: maybe(record({ input: count, axis: count, factor: formula, offset: formula })),
});

const kindOf = <K extends string>(kind: K): Read<K> => word(kind);

const wordPlan = tagged<WordPlan>({
  symbol: record({ kind: kindOf("symbol"), symbol: count }),
  round: record({ kind: kindOf("round"), depth: whole(0, 16) }),
  scalar: record({ kind: kindOf("scalar"), name, dtype }),
});

const place = tagged<Place>({
  temporary: record({ kind: kindOf("temporary"), arena: count, from: count, to: count }),
  input: record({ kind: kindOf("input"), name }),
  variable: record({ kind: kindOf("variable"), role, path: name }),
  gradient: record({ kind: kindOf("gradient"), path: name }),
  range: record({ kind: kindOf("range"), of: word("parameters", "gradients") }),
  moment: record({ kind: kindOf("moment"), name }),
  number: record({ kind: kindOf("number"), name }),
});

const tensor = record<TensorPlan>({
  dtype,
  elements: formula,
  place,
  text: maybe(name),
  origin: maybe(name),
});

const dispatch = record<DispatchPlan>({
  kernel: count,
  tensors: list(count, 64),
  groups: formula,
  passed: maybe(list(whole(0, 2 ** 32 - 1), 64)),
  flops: maybe(formula),
  lines: maybe(list(name)),
  calls: maybe(list(name)),
});

const result = record<ResultPlan>({
  name,
  role: word("result", "gradient", "state", "parameter"),
  tensor: count,
  shape: list(formula, 16),
});

const program = record<ProgramPlan>({
  symbols: list(symbol, 256),
  words: list(wordPlan, 4096),
  tensors: list(tensor),
  dispatches: list(dispatch),
  loops: list(record<LoopPlan>({ from: count, to: count, count: formula }), 4096),
  copies: list(record({ tensor: count, to: place })),
  results: list(result),
  arenas: whole(0, 256),
});

const update = record<UpdatePlan>({
  program,
  ranges: list(record({ offset: whole(), bytes: whole(4) })),
  isFlat: flag,
});

const entryFields = { name, inputs: list(input, 1000), guards: list(guard, 10000), program };

const schedule = record<Schedule>({
  target,
  needs,
  kernels: list(kernel, 1e5),
  init: list(program, 1e5),
  entries: list(record<EntryPlan>(entryFields), 10000),
  steps: list(
    record<StepPlan>({
      ...entryFields,
      accumulation: maybe(record({ count: whole(2, 1e6), add: update, finish: update })),
      clip: maybe(program),
      updates: list(update),
      moments: list(record({ name, start: real }), 64),
      numbers: maybe(list(record({ name, start: real }), 64)),
    }),
    1000,
  ),
});

const manifest = record<Manifest>({
  format: whole(1, formatVersion),
  name,
  variables: list(variable),
  arenas: record({ parameters: whole(), states: whole(), trained: whole() }),
  schedules: list(schedule, 16),
  weights: maybe(
    record<WeightsEntry>({ bytes: whole(), piece: whole(1, 2 ** 26), sha256: list(hash) }),
  ),
});
