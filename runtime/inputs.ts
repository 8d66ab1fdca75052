// Checks what the caller of an entry gives, and finds the sizes that follow from it, before the device is touched.
import type { BufferRange } from "./device.js";
import { RuntimeFault } from "./errors.js";
import type { ElementType, EntryPlan, GuardPlan, InputPlan } from "./format.js";
import { evaluate } from "./formula.js";
import { packHalves, unpackHalves } from "./half.js";

/** Numbers in row-major order. Booleans are bytes of 0 and 1. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A tensor as the library takes and gives it. */
export interface TensorValue {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** A tensor whose numbers lie on the device, where the host does not see them. */
export interface OnDevice {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly range: BufferRange;
}

/**
 * What may be given for an input: a number, a flat array for an input of one axis, data with its shape, or a tensor that is on
 * the device already.
 */
export type InputValue =
  | number
  | TensorData
  | OnDevice
  | { readonly data: TensorData; readonly shape: readonly number[]; readonly dtype?: ElementType };

/** Inputs of a call: words by name in order of the plan, and the values of the symbols. */
export interface BoundInputs {
  readonly symbols: readonly number[];
  readonly words: ReadonlyMap<string, Uint32Array>;
}

/** Something that is wrong with a call. */
interface Fault {
  readonly code: string;
  readonly message: string;
}

const refuse = (code: string, message: string, remedy?: string): never => {
  throw new RuntimeFault(message, { code, exit: 1, ...(remedy === undefined ? {} : { remedy }) });
};

/** Throws one fault that says all that is wrong, under the code of the first. */
function refuseAll(faults: readonly Fault[]): void {
  const [first, ...more] = faults;
  if (!first) return;
  refuse(first.code, [first.message, ...more.map((f) => `  also ${f.message}`)].join("\n"));
}

/**
 * Binds and checks the inputs of an entry; throws a `RuntimeFault` that names every input or clause at fault. Names and
 * element types come first, then shapes, then clauses, then values: each makes sense only where those before it hold.
 */
export function bindInputs(
  entry: EntryPlan,
  given: Readonly<Record<string, InputValue>>,
): BoundInputs {
  const known = entry.inputs.map((i) => i.name);
  const strangers = Object.keys(given).filter((name) => !known.includes(name));
  const read = entry.inputs.map((input) => readValue(entry, input, given[input.name]));
  refuseAll([...strangers.map((name) => stranger(entry, name)), ...read.filter(isFault)]);
  const values = read.filter((value): value is Given => !isFault(value));
  const shapes = values.map((v) => v.shape);
  const symbols = sizesOf(entry, shapes);
  refuseAll(
    entry.inputs.flatMap((input, i) => shapeFaults(entry, input, shapes[i] ?? [], symbols)),
  );
  checkGuards(entry, symbols);
  refuseAll(
    entry.inputs.flatMap((input, i) => boundFaults(entry, input, values[i]?.data, symbols)),
  );
  const words = new Map<string, Uint32Array>();
  for (const [i, input] of entry.inputs.entries()) {
    const value = values[i];
    if (value?.data) words.set(input.name, toWords(input.dtype, value.data));
  }
  return { symbols, words };
}

const stranger = (entry: EntryPlan, name: string): Fault => ({
  code: "input-extra",
  message: `\`${entry.name}\` has no input \`${name}\`; it takes ${list(entry.inputs.map((i) => i.name))}`,
});

/** Checks the `where` clauses of an entry for given sizes; one fault names all that do not hold. */
export function checkGuards(entry: EntryPlan, symbols: readonly number[]): void {
  refuseAll(entry.guards.flatMap((guard) => guardFaults(entry, guard, symbols)));
}

/** Whether all `where` clauses of an entry hold for given sizes. */
export const guardsHold = (entry: EntryPlan, symbols: readonly number[]): boolean =>
  entry.guards.every((guard) => guardFaults(entry, guard, symbols).length === 0);

function guardFaults(
  entry: EntryPlan,
  guard: GuardPlan,
  symbols: readonly number[],
): readonly Fault[] {
  const left = evaluate(guard.left, symbols);
  const right = evaluate(guard.right, symbols);
  const holds = {
    "==": left === right,
    "!=": left !== right,
    "<=": left <= right,
    "<": left < right,
  }[guard.relation];
  if (holds) return [];
  const values = [guard.leftText, guard.rightText].map((text, i) => {
    const value = String(i === 0 ? left : right);
    return text === value ? "" : `\`${text}\` is ${value}`;
  });
  const origin = guard.origin === undefined ? "" : ` (${guard.origin})`;
  const why = values.filter((v) => v !== "").join(" and ");
  const message = `\`${entry.name}\` needs \`${guard.text}\`${origin}, but ${why}`;
  return [{ code: "guard-violated", message }];
}

const list = (names: readonly string[]): string =>
  names.length === 0 ? "none" : names.map((n) => `\`${n}\``).join(", ");

interface Given {
  /** Undefined for what lies on the device. */
  readonly data?: TensorData;
  readonly shape: readonly number[];
}

const isFault = (value: Given | Fault): value is Fault => "code" in value;

function readValue(
  entry: EntryPlan,
  input: InputPlan,
  given: InputValue | undefined,
): Given | Fault {
  if (given === undefined) {
    const wanted = `\`${input.name}: ${input.text}\``;
    return { code: "input-missing", message: `\`${entry.name}\` needs the input ${wanted}` };
  }
  if (typeof given === "number") return { data: Float64Array.of(given), shape: [] };
  if (ArrayBuffer.isView(given)) {
    const shape = input.shape.length === 0 && given.length === 1 ? [] : [given.length];
    return readValue(entry, input, { data: given, shape });
  }
  const { shape, dtype = input.dtype } = given;
  const takes = `\`${entry.name}\` takes \`${input.text}\``;
  if (dtype !== input.dtype) {
    return { code: "input-dtype", message: `input \`${input.name}\` is ${dtype}, ${takes}` };
  }
  if (!("data" in given)) return onDevice(input, shape);
  const { data } = given;
  if (!isFloat(input.dtype) && hasFractions(data)) {
    return { code: "input-dtype", message: `input \`${input.name}\` holds fractions, ${takes}` };
  }
  const count = shape.reduce((a, b) => a * b, 1);
  if (count === data.length) return { data, shape };
  const has = `${String(data.length)} elements, its shape [${shape.join(", ")}]`;
  const message = `input \`${input.name}\` has ${has} has ${String(count)}`;
  return { code: "input-shape", message };
}

/** Numbers that the host cannot see cannot be checked, so none may be needed before the device is touched. */
function onDevice(input: InputPlan, shape: readonly number[]): Given | Fault {
  const why =
    input.below !== undefined
      ? "index something and are checked first"
      : input.role === "scalar"
        ? "are needed before the device is touched"
        : undefined;
  if (why === undefined) return { shape };
  const message = `the numbers of input \`${input.name}\` ${why}, so they cannot stay on the device; read them and give them`;
  return { code: "input-on-device", message };
}

const isFloat = (dtype: ElementType): boolean => dtype === "f32" || dtype === "f16";

const hasFractions = (data: TensorData): boolean =>
  (data instanceof Float32Array || data instanceof Float64Array) &&
  data.some((x) => !Number.isInteger(x));

/** The values of the symbols of an entry for inputs of these shapes; throws a `RuntimeFault` where an axis is missing. */
export function sizesOf(entry: EntryPlan, shapes: readonly (readonly number[])[]): number[] {
  const symbols: number[] = [];
  for (const { name, from } of entry.program.symbols) {
    if (!from)
      return refuse("unbound-size", `no input of \`${entry.name}\` says what \`${name}\` is`);
    const extent = shapes[from.input]?.[from.axis];
    const input = entry.inputs[from.input];
    if (extent === undefined || !input)
      return refuse("input-shape", rankMessage(input, shapes[from.input] ?? []));
    symbols.push((extent - evaluate(from.offset, symbols)) / evaluate(from.factor, symbols));
  }
  return symbols;
}

const rankMessage = (input: InputPlan | undefined, shape: readonly number[]): string =>
  `input \`${input?.name ?? ""}\` has shape [${shape.join(", ")}], which does not fit \`${input?.text ?? ""}\``;

function shapeFaults(
  entry: EntryPlan,
  input: InputPlan,
  shape: readonly number[],
  symbols: readonly number[],
): readonly Fault[] {
  const code = "input-shape";
  if (shape.length !== input.shape.length) return [{ code, message: rankMessage(input, shape) }];
  const wanted = input.shape.map((formula) => evaluate(formula, symbols));
  const isRight =
    wanted.every((size, axis) => size === shape[axis] && Number.isInteger(size)) &&
    symbols.every((s) => Number.isInteger(s) && s >= 0);
  if (isRight) return [];
  const message = `${rankMessage(input, shape)}: expected [${wanted.join(", ")}]`;
  return [{ code, message: `${message}${origins(entry, input, symbols)}` }];
}

/** Where the sizes that a type names come from, other inputs than this one: " where `T` is 3 by axis 1 of `ids`". */
function origins(entry: EntryPlan, input: InputPlan, symbols: readonly number[]): string {
  const parts = entry.program.symbols.flatMap(({ name, from }, i) => {
    const source = from && entry.inputs[from.input];
    const isNamed = input.text.split(/\W+/).includes(name);
    if (!from || !source || source === input || !isNamed) return [];
    return [
      `\`${name}\` is ${String(symbols[i])} by axis ${String(from.axis)} of \`${source.name}\``,
    ];
  });
  return parts.length === 0 ? "" : ` where ${parts.join(" and ")}`;
}

function boundFaults(
  entry: EntryPlan,
  input: InputPlan,
  data: TensorData | undefined,
  symbols: readonly number[],
): readonly Fault[] {
  if (input.below === undefined || !data) return [];
  const below = evaluate(input.below, symbols);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    if ((value >= 0 && value < below) || value === input.except) continue;
    const message = `input \`${input.name}\` of \`${entry.name}\` holds ${String(value)} at element ${String(i)}; it must be at least 0 and below ${String(below)}`;
    return [{ code: "input-out-of-range", message }];
  }
  return [];
}

/** Numbers as the words of a buffer. */
export function toWords(dtype: ElementType, data: TensorData): Uint32Array {
  if (dtype === "f16") return packHalves(data);
  const typed =
    dtype === "f32"
      ? toArray(Float32Array, data)
      : dtype === "i32"
        ? toArray(Int32Array, data)
        : toArray(Uint32Array, data);
  return new Uint32Array(typed.buffer, typed.byteOffset, typed.length);
}

function toArray<T extends Float32Array | Int32Array | Uint32Array>(
  constructor: new (from: TensorData) => T,
  data: TensorData,
): T {
  return data instanceof constructor ? data : new constructor(data);
}

/** The words of a buffer as numbers. */
export function fromWords(dtype: ElementType, bytes: ArrayBuffer, count: number): TensorData {
  switch (dtype) {
    case "i32":
      return new Int32Array(bytes, 0, count);
    case "u32":
      return new Uint32Array(bytes, 0, count);
    case "bool":
      return Uint8Array.from(new Uint32Array(bytes, 0, count));
    case "f16":
      return unpackHalves(bytes, count);
    case "f32":
      return new Float32Array(bytes, 0, count);
  }
}
