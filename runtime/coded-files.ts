// Coded tensors in files, in the layout of bitsandbytes: codes under the name of the tensor, what decodes them under names that go on.
import { decode, encode, levelsOf } from "./coded.js";
import { RuntimeFault } from "./errors.js";
import { codedLayout, type CodedStorage } from "./format.js";
import type { HostTensor, StoredTensor } from "./safetensors/convert.js";

/** What is known of a variable where tensors of a file are matched with it. */
export interface CodedVariable {
  readonly path: string;
  readonly shape: readonly number[];
  readonly storage?: CodedStorage;
}

/** A tensor that a file holds as codes. */
export interface CodedTensor {
  readonly storage: CodedStorage;
  readonly words: Uint32Array;
}

/** A tensor as it is to be written to a file. */
export type FileTensor = Omit<StoredTensor, "name">;

const statePrefix = ".quant_state.bitsandbytes__";

/** A format with its arguments, as it is written. */
export const storageText = ({ format, block, scales }: CodedStorage): string =>
  `${format}(block = ${String(block)}${scales ? ", double = true" : ""})`;

const countOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The tensors of a file for these values: coded variables as their codes and what decodes them. */
export function toFile(
  values: Iterable<readonly [path: string, tensor: HostTensor]>,
  variables: readonly CodedVariable[],
): (readonly [name: string, tensor: HostTensor | FileTensor])[] {
  const coded = new Map(variables.map((v) => [v.path, v]));
  type Entry = readonly [name: string, tensor: HostTensor | FileTensor];
  return [...values].flatMap(([path, tensor]): readonly Entry[] => {
    const { storage, shape } = coded.get(path) ?? {};
    if (!storage || !shape) return [[path, tensor] as const];
    const words = tensor.data instanceof Uint32Array ? tensor.data : encode(tensor.data, storage);
    return partsOf(path, words, storage, shape);
  });
}

function partsOf(
  path: string,
  words: Uint32Array,
  storage: CodedStorage,
  shape: readonly number[],
): (readonly [string, FileTensor])[] {
  const at = codedLayout(storage, countOf(shape));
  const all = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const codes = Math.ceil((countOf(shape) * storage.bits) / 8);
  const bytes = (from: number, count: number, axes: readonly number[]): FileTensor => ({
    dtype: "U8",
    shape: axes,
    bytes: all.slice(4 * from, 4 * from + count),
  });
  const floats = (from: number, count: number): FileTensor => ({
    dtype: "F32",
    shape: [count],
    bytes: all.slice(4 * from, 4 * (from + count)),
  });
  const { scales } = storage;
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  const state = {
    quant_type: storage.format,
    blocksize: storage.block,
    dtype: "float32",
    shape,
    ...(scales
      ? {
          nested_blocksize: scales.block,
          nested_dtype: "float32",
          nested_offset: view.getFloat32(4 * at.mean, true),
        }
      : {}),
  };
  const levels = levelsOf(storage);
  const map = new Uint8Array(Float32Array.from(levels).buffer);
  return [
    [path, bytes(at.codes, codes, [codes, 1])],
    [
      `${path}.absmax`,
      scales ? bytes(at.scales, at.blocks, [at.blocks]) : floats(at.scales, at.blocks),
    ],
    [`${path}.quant_map`, { dtype: "F32", shape: [levels.length], bytes: map }],
    ...(scales
      ? ([
          [`${path}.nested_absmax`, floats(at.groups, at.mean - at.groups)],
          [`${path}.nested_quant_map`, floats(at.levels, scales.levels.length)],
        ] as const)
      : []),
    [`${path}${statePrefix}${storage.format}`, textTensor(JSON.stringify(state))],
  ];
}

function textTensor(text: string): FileTensor {
  const bytes = new TextEncoder().encode(text);
  return { dtype: "U8", shape: [bytes.length], bytes };
}

/** The tensors of a file, coded ones put together. */
export interface Collected {
  /** Under the names of variables; coded ones as the float32 that they stand for, decoded when asked for. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly coded: ReadonlyMap<string, CodedTensor>;
}

/** Puts coded tensors of a file together; throws a `RuntimeFault` where their parts do not fit. */
export function collectCoded(tensors: ReadonlyMap<string, StoredTensor>, file: string): Collected {
  const states = [...tensors.keys()].filter((name) => name.includes(statePrefix));
  if (states.length === 0) return { tensors, coded: new Map() };
  const coded = new Map<string, CodedTensor>();
  const plain = new Map(tensors);
  for (const name of states) {
    const path = name.slice(0, name.indexOf(statePrefix));
    const part = (end: string): StoredTensor => {
      const found = tensors.get(`${path}${end}`);
      plain.delete(`${path}${end}`);
      return found ?? refuse(file, path, `\`${path}${end}\` is missing`);
    };
    const read = readParts(part, name.slice(path.length), path, file);
    coded.set(path, read);
    plain.set(path, decodedTensor(path, read));
  }
  return { tensors: plain, coded };
}

function readParts(
  part: (end: string) => StoredTensor,
  stateName: string,
  path: string,
  file: string,
): CodedTensor & { readonly shape: readonly number[] } {
  const state = stateOf(part(stateName), path, file);
  const map = floatsOf(part(".quant_map"));
  const bits = map.length === 256 ? 8 : map.length === 16 ? 4 : undefined;
  if (bits === undefined) return refuse(file, path, `${String(map.length)} levels are no code`);
  const integers = levelsOf({ levels: "integers", bits });
  const isInteger = integers.every((level, i) => level === map[i]);
  const nested = state.nested === undefined ? undefined : [...floatsOf(part(".nested_quant_map"))];
  const storage: CodedStorage = {
    format: state.format,
    bits,
    levels: isInteger ? "integers" : [...map],
    block: state.block,
    ...(nested && state.nested ? { scales: { levels: nested, block: state.nested.block } } : {}),
  };
  const count = countOf(state.shape);
  const at = codedLayout(storage, count);
  const words = new Uint32Array(at.words);
  const all = new Uint8Array(words.buffer);
  const put = (end: string, from: number, size: number): void => {
    const { bytes } = part(end);
    if (bytes.byteLength !== size)
      refuse(
        file,
        path,
        `\`${path}${end}\` has ${String(bytes.byteLength)} bytes, not ${String(size)}`,
      );
    all.set(bytes, 4 * from);
  };
  put("", at.codes, Math.ceil((count * bits) / 8));
  put(".absmax", at.scales, storage.scales ? at.blocks : 4 * at.blocks);
  if (storage.scales && state.nested) {
    put(".nested_absmax", at.groups, 4 * (at.mean - at.groups));
    all.set(new Uint8Array(Float32Array.of(state.nested.mean).buffer), 4 * at.mean);
    all.set(new Uint8Array(Float32Array.from(storage.scales.levels).buffer), 4 * at.levels);
  }
  return { storage, words, shape: state.shape };
}

interface State {
  readonly format: string;
  readonly block: number;
  readonly shape: readonly number[];
  readonly nested?: { readonly block: number; readonly mean: number };
}

function stateOf({ bytes }: StoredTensor, path: string, file: string): State {
  const state = parsed(bytes);
  const size = (key: string): number | undefined => {
    const value = state[key];
    return typeof value === "number" && Number.isSafeInteger(value) && value > 0
      ? value
      : undefined;
  };
  const { quant_type: format, shape, nested_offset: mean } = state;
  const block = size("blocksize");
  const nestedBlock = size("nested_blocksize");
  const isShape =
    Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && Number(n) >= 0);
  if (typeof format !== "string" || block === undefined || !isShape)
    return refuse(file, path, "its quantization state cannot be read");
  const nested =
    nestedBlock !== undefined && typeof mean === "number"
      ? { nested: { block: nestedBlock, mean } }
      : {};
  return { format, block, shape: shape.map(Number), ...nested };
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said by the caller, as of any other value that is no state.
  }
  return {};
}

/** A copy of the numbers: what slices of Node's buffers share is the memory of the whole file. */
const floatsOf = ({ bytes }: StoredTensor): Float32Array =>
  new Float32Array(new Uint8Array(bytes.subarray(0, 4 * Math.floor(bytes.length / 4))).buffer);

/** The float32 numbers of a coded tensor, decoded when they are asked for. */
const decodedTensor = (
  name: string,
  { storage, words, shape }: CodedTensor & { readonly shape: readonly number[] },
): StoredTensor => ({
  name,
  dtype: "F32",
  shape,
  get bytes() {
    return new Uint8Array(decode(words, storage, countOf(shape)).buffer);
  },
});

/** Whether words of one storage are words of another; coded scales bring their levels along. */
export const isSameStorage = (a: CodedStorage, b: CodedStorage): boolean =>
  a.format === b.format &&
  a.bits === b.bits &&
  a.block === b.block &&
  String(a.levels) === String(b.levels) &&
  a.scales?.block === b.scales?.block &&
  a.scales?.levels.length === b.scales?.levels.length;

/** Parts of coded tensors out of a file that arrives tensor by tensor. */
export class CodedParts {
  readonly #coded: ReadonlyMap<string, CodedVariable>;
  readonly #held = new Map<string, StoredTensor>();

  constructor(variables: readonly CodedVariable[]) {
    this.#coded = new Map(variables.filter((v) => v.storage).map((v) => [v.path, v]));
  }

  /** Keeps a tensor that is part of a coded one; false for any other, floats for a coded variable among them. */
  take(stored: StoredTensor): boolean {
    const { name, dtype } = stored;
    const isCodes = this.#coded.has(name) && dtype === "U8";
    if (!isCodes && ![...this.#coded.keys()].some((path) => name.startsWith(`${path}.`)))
      return false;
    this.#held.set(name, stored);
    return true;
  }

  /** The words of each coded variable whose parts were kept; throws a `RuntimeFault` where they are not the model's codes. */
  words(file: string): readonly (readonly [path: string, words: Uint32Array])[] {
    const { coded } = collectCoded(this.#held, file);
    return [...coded].map(([path, { storage, words }]) => {
      const variable = this.#coded.get(path);
      const wanted = variable?.storage;
      const fits =
        wanted &&
        isSameStorage(storage, wanted) &&
        words.length === codedLayout(wanted, countOf(variable.shape)).words;
      if (fits) return [path, words] as const;
      const found = storageText(storage);
      return refuse(
        file,
        path,
        `it is ${found}${wanted ? `, the model's is ${storageText(wanted)}` : ""}`,
      );
    });
  }
}

function refuse(file: string, path: string, why: string): never {
  throw new RuntimeFault(`\`${file}\`: the quantized tensor \`${path}\` is damaged: ${why}`, {
    code: "weights-corrupt",
    exit: 1,
    remedy: "write it again with what made it",
  });
}
