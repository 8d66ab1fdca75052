// Checks what the caller of an entry gives, and finds the sizes that follow from it, before the device is touched.
import { RuntimeFault } from "./errors.js";
import type { ElementType, EntryPlan, Formula, InputPlan } from "./format.js";
import { evaluate } from "./formula.js";

/** Numbers in row-major order. Booleans are bytes of 0 and 1. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A tensor as the library takes and gives it. */
export interface TensorValue {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** What may be given for an input: a number, a flat array for an input of one axis, or data with its shape. */
export type InputValue =
  | number
  | TensorData
  | { readonly data: TensorData; readonly shape: readonly number[]; readonly dtype?: ElementType };

/** Inputs of a call: words by name in order of the plan, and the values of the symbols. */
export interface BoundInputs {
  readonly symbols: readonly number[];
  readonly words: ReadonlyMap<string, Uint32Array>;
}

const refuse = (code: string, message: string, remedy?: string): never => {
  throw new RuntimeFault(message, { code, exit: 1, ...(remedy === undefined ? {} : { remedy }) });
};

/** Binds and checks the inputs of an entry; throws a `RuntimeFault` that names the input or clause at fault. */
export function bindInputs(
  entry: EntryPlan,
  given: Readonly<Record<string, InputValue>>,
): BoundInputs {
  const known = entry.inputs.map((i) => i.name);
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger !== undefined)
    refuse(
      "input-extra",
      `\`${entry.name}\` has no input \`${stranger}\`; it takes ${list(known)}`,
    );
  const values = entry.inputs.map((input) => readValue(entry, input, given[input.name]));
  const symbols = bindSymbols(
    entry,
    values.map((v) => v.shape),
  );
  for (const [i, input] of entry.inputs.entries())
    checkShape(input, values[i]?.shape ?? [], symbols);
  checkGuards(entry, symbols);
  const words = new Map<string, Uint32Array>();
  for (const [i, input] of entry.inputs.entries()) {
    const value = values[i];
    if (!value) continue;
    checkBound(input, value.data, symbols);
    words.set(input.name, toWords(input.dtype, value.data));
  }
  return { symbols, words };
}

/** Checks the `where` clauses of an entry for given sizes. */
export function checkGuards(entry: EntryPlan, symbols: readonly number[]): void {
  for (const guard of entry.guards) {
    const left = evaluate(guard.left, symbols);
    const right = evaluate(guard.right, symbols);
    const holds = {
      "==": left === right,
      "!=": left !== right,
      "<=": left <= right,
      "<": left < right,
    }[guard.relation];
    if (holds) continue;
    const values = [guard.leftText, guard.rightText].map((text, i) => {
      const value = String(i === 0 ? left : right);
      return text === value ? "" : `\`${text}\` is ${value}`;
    });
    refuse(
      "guard-violated",
      `\`${entry.name}\` needs \`${guard.text}\`, but ${values.filter((v) => v !== "").join(" and ")}`,
    );
  }
}

const list = (names: readonly string[]): string =>
  names.length === 0 ? "none" : names.map((n) => `\`${n}\``).join(", ");

interface Given {
  readonly data: TensorData;
  readonly shape: readonly number[];
}

function readValue(entry: EntryPlan, input: InputPlan, given: InputValue | undefined): Given {
  if (given === undefined) {
    const wanted = `\`${input.name}: ${input.text}\``;
    return refuse("input-missing", `\`${entry.name}\` needs the input ${wanted}`);
  }
  if (typeof given === "number") return { data: Float64Array.of(given), shape: [] };
  if (ArrayBuffer.isView(given)) {
    const shape = input.shape.length === 0 && given.length === 1 ? [] : [given.length];
    return readValue(entry, input, { data: given, shape });
  }
  const { data, shape, dtype = input.dtype } = given;
  const takes = `\`${entry.name}\` takes \`${input.text}\``;
  if (dtype !== input.dtype) {
    refuse("input-dtype", `input \`${input.name}\` is ${dtype}, ${takes}`);
  }
  if (!isFloat(input.dtype) && hasFractions(data)) {
    refuse("input-dtype", `input \`${input.name}\` holds fractions, ${takes}`);
  }
  const count = shape.reduce((a, b) => a * b, 1);
  if (count !== data.length) {
    const has = `${String(data.length)} elements, its shape [${shape.join(", ")}]`;
    refuse("input-shape", `input \`${input.name}\` has ${has} has ${String(count)}`);
  }
  return { data, shape };
}

const isFloat = (dtype: ElementType): boolean => dtype === "f32" || dtype === "f16";

const hasFractions = (data: TensorData): boolean =>
  (data instanceof Float32Array || data instanceof Float64Array) &&
  data.some((x) => !Number.isInteger(x));

function bindSymbols(entry: EntryPlan, shapes: readonly (readonly number[])[]): number[] {
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

function checkShape(input: InputPlan, shape: readonly number[], symbols: readonly number[]): void {
  if (shape.length !== input.shape.length) refuse("input-shape", rankMessage(input, shape));
  for (const [axis, formula] of input.shape.entries()) {
    const wanted = evaluate(formula, symbols);
    if (shape[axis] === 0 && wanted === 0 && typeof formula !== "number")
      refuse("input-shape", `${rankMessage(input, shape)}: an axis needs at least one element`);
    if (
      wanted === shape[axis] &&
      Number.isInteger(wanted) &&
      symbols.every((s) => Number.isInteger(s) && s >= 0)
    )
      continue;
    const expected = input.shape.map((f: Formula) => String(evaluate(f, symbols))).join(", ");
    refuse("input-shape", `${rankMessage(input, shape)}: expected [${expected}]`);
  }
}

function checkBound(input: InputPlan, data: TensorData, symbols: readonly number[]): void {
  if (input.below === undefined) return;
  const below = evaluate(input.below, symbols);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    if ((value >= 0 && value < below) || value === input.except) continue;
    refuse(
      "input-out-of-range",
      `input \`${input.name}\` holds ${String(value)} at element ${String(i)}; it must be at least 0 and below ${String(below)}`,
    );
  }
}

/** Numbers as the words of a buffer. */
export function toWords(dtype: ElementType, data: TensorData): Uint32Array {
  if (dtype === "f16")
    return refuse("dtype-unsupported", "f16 tensors are not yet run on a device", "use f32");
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
    default:
      return new Float32Array(bytes, 0, count);
  }
}
