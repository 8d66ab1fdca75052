// Models in the making: nodes, inputs and constants, and their encoding as a file of ONNX.
import type { Tensor, TensorType } from "../model.js";
import {
  encodeModel,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../proto.js";

/** A model with numbers for its inputs. */
export interface Sketch {
  readonly bytes: Uint8Array;
  readonly given: ReadonlyMap<string, Tensor>;
}

/** What an attribute may be; floats are written as `{ float: 1 }`, since 1 alone is a whole number. */
export type AttributeValue =
  number | string | readonly number[] | readonly string[] | { readonly float: number };

/** A node as models are written here; empty names leave out an input. */
export interface Step {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** Inputs that a model reads when it runs, and constants that are part of it, by name. */
export interface Parts {
  readonly given: Readonly<Record<string, Tensor>>;
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly steps: readonly Step[];
  readonly results: readonly string[];
  /** Types of values between the steps. */
  readonly between?: Readonly<Record<string, TensorType>>;
}

const codes = { f32: 1, i32: 7, bool: 9, u32: 12, f16: 10 } as const;

/** A model of one node; inputs are named `x0`, `x1`, … as they come, `null` leaves one out, constants are marked so. */
export function single(
  op: string,
  inputs: readonly (Tensor | { readonly constant: Tensor } | null)[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  results = 1,
): Sketch {
  const given: Record<string, Tensor> = {};
  const constants: Record<string, Tensor> = {};
  const names = inputs.map((input, i) => {
    if (input === null) return "";
    const name = `x${String(i)}`;
    if ("constant" in input) constants[name] = input.constant;
    else given[name] = input;
    return name;
  });
  const outputs = Array.from({ length: results }, (_, i) => `y${String(i)}`);
  return sketch({
    given,
    constants,
    steps: [{ op, inputs: names, outputs, attributes }],
    results: outputs,
  });
}

/** A whole number as a constant of one axis, as axes and sizes are given. */
export const ints = (...data: readonly number[]): { readonly constant: Tensor } => ({
  constant: { dtype: "i32", shape: [data.length], data },
});

/** Encodes a model. */
export function sketch({ given, constants = {}, steps, results, between = {} }: Parts): Sketch {
  const bytes = encodeModel({
    ir_version: 8,
    opset_import: [{ version: 17 }],
    graph: {
      name: "random",
      node: steps.map(nodeProto),
      initializer: Object.entries(constants).map(([name, tensor]) => tensorProto(name, tensor)),
      input: Object.entries(given).map(([name, tensor]) => valueProto(name, tensor)),
      output: results.map((name) => ({ name })),
      value_info: Object.entries(between).map(([name, type]) => valueProto(name, type)),
    },
  });
  return { bytes, given: new Map(Object.entries(given)) };
}

const nodeProto = ({ op, inputs, outputs, attributes = {} }: Step): NodeProto => ({
  op_type: op,
  input: inputs,
  output: outputs,
  attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
});

const valueProto = (name: string, { dtype, shape }: TensorType): ValueInfoProto => ({
  name,
  type: {
    tensor_type: {
      elem_type: codes[dtype],
      shape: { dim: shape.map((size) => ({ dim_value: size })) },
    },
  },
});

function attributeProto(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === "number") return { name, type: 2, i: value };
  if (typeof value === "string") return { name, type: 3, s: Buffer.from(value) };
  if ("float" in value) return { name, type: 1, f: value.float };
  const words = value.filter((item) => typeof item === "string");
  if (words.length > 0) return { name, type: 8, strings: words.map((word) => Buffer.from(word)) };
  return { name, type: 7, ints: value.filter((item) => typeof item === "number") };
}

function tensorProto(name: string, { dtype, shape, data }: Tensor): TensorProto {
  const bytes = (array: ArrayBufferView): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const raw =
    dtype === "f32"
      ? bytes(Float32Array.from(data))
      : dtype === "bool"
        ? Uint8Array.from(data)
        : bytes(BigInt64Array.from(data, BigInt));
  return { name, dims: shape, data_type: codes[dtype], raw_data: raw };
}
