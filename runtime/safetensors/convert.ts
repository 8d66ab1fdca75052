// Converts between the bytes of stored tensors and the arrays that programs compute with.
import { RuntimeFault } from "../errors.js";
import { halfOf, halfToNumber } from "../half.js";
import type { StoredDtype } from "./header.js";

/** Element type of a tensor in a program. */
export type HostDtype = "f32" | "f16" | "i32" | "u32" | "bool";

/** Elements in row-major order; float64 only where a float64 evaluation produced or wants them. */
export type HostData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A tensor in the memory of the host. */
export interface HostTensor {
  readonly dtype: HostDtype;
  readonly shape: readonly number[];
  readonly data: HostData;
}

/** A tensor as a file holds it. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** Little-endian, row-major. */
  readonly bytes: Uint8Array;
}

/** Every element as a JavaScript number; 64-bit integers beyond 2^53 are refused with a `RuntimeFault`. */
export function numbersOf(stored: StoredTensor, file: string): Float64Array {
  const { bytes, dtype } = stored;
  const read = readers[dtype];
  if (!read) {
    throw new RuntimeFault(
      `\`${file}\`: the tensor \`${stored.name}\` is stored as ${dtype}, which is not supported`,
      {
        code: "weights-dtype",
        exit: 1,
        remedy: "store it as F32, F16, BF16 or F64",
      },
    );
  }
  const [size, element] = read;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float64Array(bytes.byteLength / size);
  for (let i = 0; i < out.length; i++) out[i] = element(view, i * size);
  if (dtype === "I64" || dtype === "U64") checkExact(out, stored, file);
  return out;
}

/** Elements of a dtype in the array type that holds it: float32 for floats, bytes for booleans. */
export function asHostData(numbers: ArrayLike<number>, dtype: HostDtype): HostData {
  if (dtype === "i32") return Int32Array.from(numbers);
  if (dtype === "u32") return Uint32Array.from(numbers);
  if (dtype === "bool") return Uint8Array.from(numbers, (x) => (x === 0 ? 0 : 1));
  return Float32Array.from(numbers);
}

/** Elements of a stored tensor in the array type of a dtype; those that need no conversion are copied as they are. */
export function hostDataOf(stored: StoredTensor, dtype: HostDtype, file: string): HostData {
  if (sameBits[dtype] !== stored.dtype) return asHostData(numbersOf(stored, file), dtype);
  // A copy: what slices of Node's buffers share is the memory of the whole file.
  const { buffer } = new Uint8Array(stored.bytes);
  if (dtype === "i32") return new Int32Array(buffer);
  return dtype === "u32" ? new Uint32Array(buffer) : new Float32Array(buffer);
}

const sameBits: Readonly<Partial<Record<HostDtype, StoredDtype>>> = {
  f32: "F32",
  i32: "I32",
  u32: "U32",
};

/** The element dtype of a program that holds a stored one: floats become f32, integers i32 except U32. */
export function hostDtypeOf(dtype: StoredDtype): HostDtype {
  if (dtype === "BOOL") return "bool";
  if (dtype === "U32") return "u32";
  return dtype.startsWith("F") || dtype === "BF16" ? "f32" : "i32";
}

/** A host tensor as a file stores it: floats as `floats` says, F64 where the data is float64, F16 for halves; I32, U32, or BOOL. */
export function toStored(
  name: string,
  tensor: HostTensor,
  floats: "F32" | "F16" | "BF16" = "F32",
): StoredTensor {
  const { data, shape, dtype } = tensor;
  const stored = storedAs(tensor);
  const isWide = stored === "F32" || stored === "F64";
  const wanted = floats !== "F32" && isWide ? floats : stored;
  if (wanted === "F16" || wanted === "BF16") {
    const halves = Uint16Array.from(data, wanted === "F16" ? halfOf : bfloatOf);
    return { name, dtype: wanted, shape, bytes: new Uint8Array(halves.buffer) };
  }
  if (stored === "BOOL") {
    return { name, dtype: stored, shape, bytes: Uint8Array.from(data, (x) => (x === 0 ? 0 : 1)) };
  }
  const exact = stored === "F64" ? Float64Array.from(data) : asHostData(data, dtype);
  return {
    name,
    dtype: stored,
    shape,
    bytes: new Uint8Array(exact.buffer, exact.byteOffset, exact.byteLength),
  };
}

function storedAs({ dtype, data }: HostTensor): StoredDtype {
  if (dtype === "i32") return "I32";
  if (dtype === "u32") return "U32";
  if (dtype === "bool") return "BOOL";
  if (dtype === "f16") return "F16";
  return data instanceof Float64Array ? "F64" : "F32";
}

function checkExact(numbers: Float64Array, stored: StoredTensor, file: string): void {
  const bad = numbers.findIndex((x) => !Number.isSafeInteger(x));
  if (bad < 0) return;
  throw new RuntimeFault(
    `\`${file}\`: element ${String(bad)} of the tensor \`${stored.name}\` is an integer beyond 2^53`,
    { code: "weights-integer", exit: 1, remedy: "store it as I32" },
  );
}

type ReadElement = readonly [size: number, element: (view: DataView, at: number) => number];

const readers: Readonly<Partial<Record<StoredDtype, ReadElement>>> = {
  BOOL: [1, (view, at) => (view.getUint8(at) === 0 ? 0 : 1)],
  U8: [1, (view, at) => view.getUint8(at)],
  I8: [1, (view, at) => view.getInt8(at)],
  I16: [2, (view, at) => view.getInt16(at, true)],
  U16: [2, (view, at) => view.getUint16(at, true)],
  F16: [2, (view, at) => halfToNumber(view.getUint16(at, true))],
  BF16: [2, (view, at) => bfloatToNumber(view.getUint16(at, true))],
  I32: [4, (view, at) => view.getInt32(at, true)],
  U32: [4, (view, at) => view.getUint32(at, true)],
  F32: [4, (view, at) => view.getFloat32(at, true)],
  F64: [8, (view, at) => view.getFloat64(at, true)],
  I64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  U64: [8, (view, at) => Number(view.getBigUint64(at, true))],
};

/** A number as the nearest bfloat16, ties to even. */
function bfloatOf(x: number): number {
  word.setFloat32(0, x);
  const bits = word.getUint32(0);
  if (Number.isNaN(x)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) / 0x10000) & 0xffff;
}

const word = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function bfloatToNumber(bits: number): number {
  word.setUint32(0, bits * 0x10000);
  return word.getFloat32(0);
}
