// Reads and checks the header of a safetensors file against every rule of the format, before any tensor byte is touched.
import { RuntimeFault } from "../errors.js";
import { JsonProblem, quote, readJson, type JsonValue } from "./json.js";

/** Bytes of one element for each dtype of the format. */
export const storedBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;

/** Name of a dtype in safetensors files. */
export type StoredDtype = keyof typeof storedBytes;

/** A tensor as the header declares it; `begin` and `end` are bytes from the start of the data section. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A checked header. */
export interface Header {
  /** In the order of their data. */
  readonly tensors: readonly TensorInfo[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** Headers above this many bytes are refused. */
export const maxHeaderBytes = 16 * 1024 * 1024;
/** Files with more tensors are refused. */
export const maxTensors = 100_000;
/** Bytes in front of the header: its length as a 64-bit little-endian integer. */
export const prefixBytes = 8;

/** The length of the header in bytes, from the first 8 bytes of a file of `size` bytes; throws a `RuntimeFault`. */
export function headerLength(prefix: Uint8Array, size: number, file: string): number {
  if (size < prefixBytes || prefix.byteLength < prefixBytes) {
    throw fault(
      file,
      "too-short",
      "it is shorter than the 8 bytes every safetensors file begins with",
    );
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefixBytes);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(size - prefixBytes)) {
    const reason = `its header should have ${String(length)} bytes, but only ${String(size - prefixBytes)} follow`;
    throw fault(file, "header-length", reason);
  }
  if (length > BigInt(maxHeaderBytes)) {
    const most = String(maxHeaderBytes);
    throw fault(
      file,
      "header-too-large",
      `its header has ${String(length)} bytes, and ${most} is the most`,
    );
  }
  return Number(length);
}

/** Reads a header whose data section has `dataBytes` bytes; throws a `RuntimeFault` that names file, tensor and rule. */
export function readHeader(bytes: Uint8Array, dataBytes: number, file: string): Header {
  const root = parse(decode(bytes, file), file);
  const tensors: TensorInfo[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, value] of root) {
    if (name === "__metadata__") metadata = readMetadata(value, file);
    else tensors.push(readInfo(name, value, file));
  }
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(tensors, dataBytes, file);
  return { tensors, metadata };
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fault(file, "utf8", "its header is not UTF-8 text");
  }
}

function parse(text: string, file: string): ReadonlyMap<string, JsonValue> {
  if (!text.startsWith("{")) throw fault(file, "json", "its header does not begin with `{`");
  try {
    const root = readJson(text, { depth: 16, keys: maxTensors + 1 });
    if (root instanceof Map) return root as ReadonlyMap<string, JsonValue>;
  } catch (thrown) {
    if (!(thrown instanceof JsonProblem)) throw thrown;
    if (thrown.code === "too-many-keys") {
      throw fault(file, "too-many-tensors", `it has more than ${String(maxTensors)} tensors`);
    }
    throw fault(file, thrown.code, `its header is not what it should be: ${thrown.message}`);
  }
  throw fault(file, "json", "its header is not a JSON object");
}

function readMetadata(value: JsonValue, file: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (!(value instanceof Map)) throw fault(file, "metadata", "its `__metadata__` is not an object");
  for (const [key, text] of value as ReadonlyMap<string, JsonValue>) {
    if (typeof text !== "string") {
      throw fault(file, "metadata", `its metadata entry ${quote(key)} is not a string`);
    }
    found.set(key, text);
  }
  return found;
}

function readInfo(name: string, value: JsonValue, file: string): TensorInfo {
  const at = tensorName(name);
  if (!(value instanceof Map)) throw fault(file, "field", `${at} is not described by an object`);
  const fields = value as ReadonlyMap<string, JsonValue>;
  const dtype = fields.get("dtype");
  if (typeof dtype !== "string") throw fault(file, "field", `${at} has no \`dtype\``);
  if (!isStoredDtype(dtype)) {
    throw fault(file, "dtype", `${at} has the unknown dtype ${quote(dtype)}`);
  }
  const shape = integers(fields.get("shape"));
  if (!shape) throw fault(file, "shape", `${at} has a \`shape\` that is not a list of sizes`);
  const offsets = integers(fields.get("data_offsets"));
  const [begin, end] = offsets ?? [];
  if (begin === undefined || end === undefined || offsets?.length !== 2) {
    throw fault(file, "offsets", `${at} has \`data_offsets\` that are not two byte positions`);
  }
  if (begin > end) {
    throw fault(
      file,
      "offsets",
      `${at} ends at byte ${String(end)}, before it begins at ${String(begin)}`,
    );
  }
  checkSize({ name, dtype, shape, begin, end }, file);
  return { name, dtype, shape, begin, end };
}

function checkSize(info: TensorInfo, file: string): void {
  let bytes: number = storedBytes[info.dtype];
  for (const size of info.shape) {
    bytes *= size;
    if (Number.isSafeInteger(bytes)) continue;
    const shape = `[${info.shape.join(", ")}]`;
    throw fault(
      file,
      "size",
      `${tensorName(info.name)} of shape ${shape} is larger than 2^53 bytes`,
    );
  }
  if (bytes === info.end - info.begin) return;
  const held = `holds ${String(info.end - info.begin)} bytes`;
  const needed = `${info.dtype} of shape [${info.shape.join(", ")}] needs ${String(bytes)}`;
  throw fault(file, "size", `${tensorName(info.name)} ${held}, but ${needed}`);
}

/** Tensors sorted by place must fill the data section exactly. */
function checkLayout(tensors: readonly TensorInfo[], dataBytes: number, file: string): void {
  let filled = 0;
  for (const { name, begin, end } of tensors) {
    if (end > dataBytes) {
      const reason = `${tensorName(name)} ends at byte ${String(end)} of the data, which has ${String(dataBytes)}`;
      throw fault(file, "truncated", reason);
    }
    if (begin < filled)
      throw fault(file, "overlap", `${tensorName(name)} overlaps the tensor before it`);
    if (begin > filled) {
      throw fault(
        file,
        "hole",
        `${String(begin - filled)} bytes in front of ${tensorName(name)} belong to no tensor`,
      );
    }
    filled = end;
  }
  if (filled < dataBytes) {
    throw fault(
      file,
      "trailing-bytes",
      `its last ${String(dataBytes - filled)} bytes belong to no tensor`,
    );
  }
}

function integers(value: JsonValue | undefined): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value as readonly JsonValue[];
  return items.every(isSize) ? items : undefined;
}

const isSize = (value: JsonValue): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);

const isStoredDtype = (name: string): name is StoredDtype => Object.hasOwn(storedBytes, name);

const tensorName = (name: string): string => `the tensor ${quote(name)}`;

function fault(file: string, code: string, reason: string): RuntimeFault {
  return new RuntimeFault(`\`${file}\` is not a valid safetensors file: ${reason}`, {
    code: "weights-corrupt",
    detail: code,
    exit: 1,
    remedy: remedies[code] ?? "write the file again with the tool that made it",
  });
}

const remedies: Readonly<Record<string, string>> = {
  "too-short": "check that the file was copied whole",
  "header-length": "check that this is a safetensors file and that it was copied whole",
  truncated: "check that the file was copied whole",
  dtype: "store the tensor as F32, F16, BF16, F64, I32 or I64",
};
