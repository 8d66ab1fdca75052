// A backend of tfjs that computes nothing: kernels record expressions, and reading a tensor runs the program they make.
import type { Device } from "../../../runtime/device.js";
import {
  expression,
  OutsideLanguage,
  sizeOf,
  type Elements,
  type ElementType,
  type Expression,
} from "./expressions.js";
import { note } from "./notes.js";
import { print } from "./printer.js";
import { deviceRun, elementsOf, referenceRun } from "./runner.js";
import type { BackendValues, DataId, TensorInfo, Tf } from "./tf.js";

/** What stands behind a tensor: an expression, or values that the language does not know. */
type Stored = Expression | { readonly opaque: BackendValues; readonly dtype: string };

const stored = new WeakMap<DataId, Stored>();
const computed = new WeakMap<Expression, Elements>();
/** How many tensors share the elements of an id. */
const counts = new Map<DataId, number>();

let device: Device | undefined;

/** From now on programs run on this device too. */
export function useDevice(opened: Device): void {
  device = opened;
}

const dtypes: Readonly<Record<string, ElementType>> = {
  float32: "f32",
  int32: "i32",
  bool: "bool",
};

/** The element type of tfjs's name for it. */
export function elementType(dtype: string): ElementType {
  const found = dtypes[dtype];
  if (found) return found;
  throw new OutsideLanguage(dtype === "string" ? "strings" : "complex numbers");
}

/** tfjs's name for an element type. */
export const tfDtype = (dtype: ElementType): string =>
  dtype === "f32" ? "float32" : dtype === "i32" ? "int32" : "bool";

/** The expression behind a tensor. */
export function expressionOf(info: TensorInfo): Expression {
  const found = stored.get(info.dataId);
  if (!found) throw new Error("a tensor of another backend");
  if ("opaque" in found) elementType(found.dtype);
  if (!("form" in found)) throw new Error("values without a type");
  if (sizeOf(found.shape) === 0) throw new OutsideLanguage("tensors without elements");
  return found;
}

/** A tensor that an expression computes. */
export function infoOf(e: Expression): TensorInfo {
  if (sizeOf(e.shape) === 0) throw new OutsideLanguage("tensors without elements");
  const dataId = {};
  stored.set(dataId, e);
  counts.set(dataId, 1);
  return { dataId, shape: [...e.shape], dtype: tfDtype(e.dtype) };
}

const known = (e: Expression): Elements | undefined => computed.get(e);

/** The elements of an expression, from the reference. */
export function elementsNow(e: Expression): Elements {
  if (e.form.kind === "leaf") return e.form.elements;
  const before = computed.get(e);
  if (before) return before;
  note.programs += 1;
  const program = print(e, known);
  if (program.inputs.some(({ elements }) => elements.some((x) => !Number.isFinite(x))))
    note.nonFinite = true;
  const elements = referenceRun(program);
  if (device === undefined || note.nonFinite) computed.set(e, elements);
  return elements;
}

/** The elements of an expression: from the device where there is one, which must agree with the reference. */
async function elementsSoon(e: Expression): Promise<Elements> {
  const reference = elementsNow(e);
  if (device === undefined || e.form.kind === "leaf" || note.nonFinite || computed.has(e))
    return reference;
  const elements = await deviceRun(device, print(e, known));
  note.deviceRuns += 1;
  refuseOther(elements, reference);
  // Outside of the domain of a function kernels promise no number, and specs want NaN.
  const given = reference.every((x) => Number.isFinite(x)) ? elements : reference;
  computed.set(e, given);
  return given;
}

/** Device and reference may differ as the tests of the compiler allow, wide enough for sums of this size. */
function refuseOther(actual: Elements, expected: Elements): void {
  const off = actual.findIndex((x, i) => {
    const y = expected[i] ?? NaN;
    return Number.isFinite(y) && !(Math.abs(x - y) <= 2e-4 + 2e-4 * Math.abs(y));
  });
  if (off < 0) return;
  const pair = `${String(actual[off])} instead of ${String(expected[off])}`;
  throw new Error(`the device differs from the reference at ${String(off)}: ${pair}`);
}

/** Registers the backend; each reset of the engine makes a new one. */
export function registerAdjoint(tf: Tf): void {
  tf.registerBackend("adjoint", () => Object.assign(new tf.KernelBackend(), storage()));
}

/** The methods by which the engine stores and reads elements. */
function storage(): object {
  const write = (values: BackendValues | null, shape: number[], dtype: string): DataId => {
    const dataId = {};
    place(dataId, values, shape, dtype);
    counts.set(dataId, 1);
    return dataId;
  };
  return {
    write,
    move: (
      dataId: DataId,
      values: BackendValues,
      shape: number[],
      dtype: string,
      count: number,
    ) => {
      place(dataId, values, shape, dtype);
      counts.set(dataId, count);
    },
    read: async (dataId: DataId) => {
      const e = stored.get(dataId);
      return e && "form" in e ? elementsSoon(e) : e?.opaque;
    },
    readSync: (dataId: DataId) => {
      const e = stored.get(dataId);
      return e && "form" in e ? elementsNow(e) : e?.opaque;
    },
    refCount: (dataId: DataId) => counts.get(dataId) ?? 0,
    incRef: (dataId: DataId) => counts.set(dataId, (counts.get(dataId) ?? 0) + 1),
    decRef: (dataId: DataId) => counts.set(dataId, (counts.get(dataId) ?? 1) - 1),
    disposeData: (dataId: DataId, force = false) => {
      const left = (counts.get(dataId) ?? 1) - 1;
      counts.set(dataId, left);
      if (left > 0 && !force) return false;
      return counts.delete(dataId);
    },
    numDataIds: () => counts.size,
    memory: () => ({ unreliable: true, reasons: [] }),
    floatPrecision: () => 32,
    epsilon: () => 1e-7,
    timerAvailable: () => true,
    time: (f: () => void) => {
      f();
      return Promise.resolve({ kernelMs: 0 });
    },
    dispose: () => {
      counts.clear();
    },
  };
}

function place(dataId: DataId, values: BackendValues | null, shape: number[], dtype: string): void {
  const type = dtypes[dtype];
  if (!type || !values) {
    stored.set(dataId, { opaque: values ?? [], dtype });
    return;
  }
  const elements = elementsOf(type, values as ArrayLike<number>);
  stored.set(dataId, expression(type, [...shape], { kind: "leaf", elements }));
}
