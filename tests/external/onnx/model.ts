// Models and tensors of ONNX as plain data: numbers out of their encodings, types out of their codes.
import type { Dtype } from "../../../compiler/types/dtype.js";
import {
  decodeModel,
  decodeTensor,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./proto.js";

/** Element types of ONNX by their codes. */
const elementNames: Readonly<Record<number, string>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  8: "string",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
};

/** The codes of element types whose numbers Adjoint can hold; 64-bit integers are carried as 32-bit ones. */
export const dtypes: Readonly<Record<number, Dtype>> = {
  1: "f32",
  6: "i32",
  7: "i32",
  9: "bool",
  12: "u32",
};

/** A type with known sizes. */
export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** Numbers with their type, row by row. */
export interface Tensor extends TensorType {
  readonly data: readonly number[];
}

/** One use of an operator, its attributes by name. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeProto>;
}

/** An input or result: `type` is undefined where its element type or a size is not known. */
export interface Port {
  readonly name: string;
  readonly element: string;
  readonly type: TensorType | undefined;
}

/** A graph of nodes, each after those that it reads. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Types of values between the nodes, as far as the file says them. */
  readonly between: readonly Port[];
}

/** Reads the graph of a model, and which version of the operators it means. */
export function readModel(bytes: Uint8Array): { readonly graph: Graph; readonly version: number } {
  const model = decodeModel(bytes);
  const version = model.opset_import.find(({ domain }) => (domain ?? "") === "")?.version ?? 0;
  return { graph: graphOf(model.graph), version };
}

/** Reads a tensor from a file of its own. */
export const readTensor = (bytes: Uint8Array): Tensor => tensorOf(decodeTensor(bytes));

/** The graph of a message, as of a model or of an attribute. */
export const graphOf = (proto: GraphProto): Graph => ({
  nodes: proto.node.map(nodeOf),
  constants: new Map(proto.initializer.map((tensor) => [tensor.name ?? "", tensorOf(tensor)])),
  inputs: proto.input.map(portOf),
  outputs: proto.output.map(portOf),
  between: proto.value_info.map(portOf),
});

const nodeOf = (proto: NodeProto): Node => ({
  op: proto.op_type,
  inputs: proto.input,
  outputs: proto.output,
  attributes: new Map(proto.attribute.map((attribute) => [attribute.name, attribute])),
});

function portOf({ name, type }: ValueInfoProto): Port {
  const tensor = type?.tensor_type;
  const dtype = dtypes[tensor?.elem_type ?? 0];
  const sizes = tensor?.shape?.dim.map(({ dim_value: size }) => size);
  const isKnown = (size: number | undefined): size is number => size !== undefined;
  return {
    name,
    element: elementNames[tensor?.elem_type ?? 0] ?? "no tensor",
    type: dtype && sizes?.every(isKnown) ? { dtype, shape: sizes } : undefined,
  };
}

/** The numbers of a message. */
export function tensorOf(proto: TensorProto): Tensor {
  const dtype = dtypes[proto.data_type];
  if (!dtype) throw new RangeError(`no numbers of type ${String(elementNames[proto.data_type])}`);
  return { dtype, shape: proto.dims, data: numbersOf(proto) };
}

function numbersOf(proto: TensorProto): readonly number[] {
  const raw = proto.raw_data;
  if (raw === undefined || raw.length === 0)
    return [proto.float_data, proto.int64_data, proto.int32_data, proto.uint64_data].flatMap(
      (list) => list ?? [],
    );
  const bytes = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength) as ArrayBuffer;
  switch (proto.data_type) {
    case 1:
      return [...new Float32Array(bytes)];
    case 6:
      return [...new Int32Array(bytes)];
    case 7:
      return [...new BigInt64Array(bytes)].map(Number);
    case 12:
      return [...new Uint32Array(bytes)];
    default:
      return [...new Uint8Array(bytes)];
  }
}
