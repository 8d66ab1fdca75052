// ONNX's file format as messages: decodes and encodes protocol buffers by the schema in onnx.proto.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";

/** A tensor as the file holds it: its numbers are in one of the lists, by element type, or in `raw_data`. */
export interface TensorProto {
  readonly dims: readonly number[];
  readonly data_type: number;
  readonly name?: string;
  readonly float_data?: readonly number[];
  readonly int32_data?: readonly number[];
  readonly int64_data?: readonly number[];
  readonly uint64_data?: readonly number[];
  readonly raw_data?: Uint8Array;
}

/** An attribute of a node; `type` says which field holds it. */
export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
  readonly strings?: readonly Uint8Array[];
}

/** One use of an operator. */
export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly op_type: string;
  readonly domain?: string;
  readonly attribute: readonly AttributeProto[];
}

/** The size of an axis: a number, or nothing where it is open. */
export interface DimensionProto {
  readonly dim_value?: number;
}

/** The name and type of an input or result. */
export interface ValueInfoProto {
  readonly name: string;
  readonly type?: {
    readonly tensor_type?: {
      readonly elem_type: number;
      readonly shape?: { readonly dim: readonly DimensionProto[] };
    };
  };
}

/** Nodes in order, with their inputs, constants and results. */
export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly value_info: readonly ValueInfoProto[];
  readonly name?: string;
}

/** A whole file. */
export interface ModelProto {
  readonly graph: GraphProto;
  readonly opset_import: readonly { readonly domain?: string; readonly version: number }[];
  readonly ir_version?: number;
}

const schema = protobuf.parse(readFileSync(join(import.meta.dirname, "onnx.proto"), "utf8"), {
  keepCase: true,
}).root;
const models = schema.lookupType("onnx.ModelProto");
const tensors = schema.lookupType("onnx.TensorProto");
const plain: protobuf.IConversionOptions = { longs: Number, arrays: true };

/** Reads a model. */
export const decodeModel = (bytes: Uint8Array): ModelProto =>
  models.toObject(models.decode(bytes), plain) as ModelProto;

/** Reads a tensor. */
export const decodeTensor = (bytes: Uint8Array): TensorProto =>
  tensors.toObject(tensors.decode(bytes), plain) as TensorProto;

/** Writes a model. */
export const encodeModel = (model: ModelProto): Uint8Array =>
  models.encode(models.fromObject(model)).finish();
