// The reference backend: evaluates a compiled model in float64 on the CPU, with plain loops.
import type {
  Compiled,
  Entry,
  LeafSpec,
  Output,
  Program,
  TrainStep,
  Update,
} from "../../compiler/ir/program.js";
import { evaluateAll } from "../../compiler/reference/evaluate.js";
import type { Tensor as TensorValue } from "../../compiler/reference/tensor.js";
import { symOf, type Sym } from "../../compiler/types/dim.js";
import { encode } from "../../runtime/coded.js";
import type { CodedStorage } from "../../runtime/format.js";
import type { HostTensor } from "../../runtime/weights.js";
import type { Backend, CallScalars, StepReport, Tensors } from "../backend.js";
import { dataFault } from "../faults.js";
import { checkScale, microBatches } from "../../runtime/train.js";
import { bindCall } from "./call.js";

/** Evaluates entries, training steps and updates by the definition of what is right. */
export class ReferenceBackend implements Backend {
  readonly description = "reference (float64 on the CPU)";
  readonly #compiled: Compiled;
  /** Parameters and states by path; optimizer states by `momentName`. */
  readonly #variables = new Map<string, TensorValue>();
  readonly #storages: ReadonlyMap<string, CodedStorage>;

  constructor(compiled: Compiled) {
    this.#compiled = compiled;
    this.#storages = new Map(
      compiled.variables.flatMap(({ path, storage }) => (storage ? [[path, storage]] : [])),
    );
  }

  async init(seed: number, given: Tensors = new Map()): Promise<void> {
    const scalars = scalarInputs({ seed, step: 0 });
    for (const phase of this.#compiled.init) {
      const outputs = this.#evaluate(phase, new Map(), scalars, this.#variables);
      for (const [{ name }, value] of outputs) {
        // What is saved is float32 or coded, and a run goes on from what was saved.
        this.#variables.set(name, this.#asStored(name, rounded(value)));
      }
      await this.writeVariables(given);
    }
    for (const step of this.#compiled.steps) this.#startMoments(step);
  }

  run(entry: string, inputs: Tensors, scalars: CallScalars): Promise<Tensors> {
    const found = this.#compiled.entries.find(({ name }) => name === entry);
    if (!found) throw unknownEntry(entry, this.#compiled.entries);
    return Promise.resolve(this.#runEntry(found, inputs, scalars));
  }

  trainStep(
    name: string,
    inputs: Tensors | readonly Tensors[],
    scalars: CallScalars,
  ): Promise<StepReport> {
    const step = this.#compiled.steps.find((candidate) => candidate.name === name);
    if (!step) throw unknownEntry(name, this.#compiled.steps);
    const count = step.accumulation?.count ?? 1;
    const results = new Map<string, number>();
    const gradients = new Map<string, TensorValue>();
    for (const [i, part] of microBatches(name, count, inputs).entries()) {
      const drawn = { ...scalars, step: (scalars.step - 1) * count + i + 1 };
      const call = bindCall(step, part, drawn);
      const outputs = this.#evaluate(step.program, call.extents, call.inputs, this.#variables);
      outputs.forEach((value, { name: result, role }) => {
        if (role === "result")
          results.set(result, (results.get(result) ?? 0) + (value.data[0] ?? NaN) / count);
        if (role === "gradient") gradients.set(result, added(gradients.get(result), value, count));
      });
      // A loss that is no number must not reach what stays.
      if (!Number.isFinite(results.get("loss"))) break;
      outputs.forEach((value, { name: state, role }) => {
        if (role === "state") this.#variables.set(state, value);
      });
    }
    if (Number.isFinite(results.get("loss"))) this.#update(step, gradients, scalars);
    const loss = results.get("loss") ?? NaN;
    results.delete("loss");
    checkScale(name, results.get("loss_scale"));
    return Promise.resolve({ loss, metrics: results });
  }

  readVariables(isComplete: boolean): Promise<Tensors> {
    const paths = new Set(this.#compiled.variables.map(({ path }) => path));
    const wanted = [...this.#variables].filter(([name]) => isComplete || paths.has(name));
    return Promise.resolve(
      new Map(wanted.map(([name, value]) => [name, isComplete ? value : toHost(value)])),
    );
  }

  writeVariables(values: Tensors): Promise<void> {
    for (const [name, tensor] of values)
      this.#variables.set(name, this.#asStored(name, fromHost(tensor)));
    return Promise.resolve();
  }

  dispose(): void {
    this.#variables.clear();
  }

  /** A variable as memory holds it: coded ones are words, as on a device. */
  #asStored(name: string, value: TensorValue): TensorValue {
    const storage = this.#storages.get(name);
    if (!storage || value.dtype === "u32") return value;
    const data = encode(value.data, storage);
    return { dtype: "u32", shape: [data.length], data };
  }

  #runEntry(entry: Entry, inputs: Tensors, scalars: CallScalars): Tensors {
    const call = bindCall(entry, inputs, scalars);
    const outputs = this.#evaluate(entry.program, call.extents, call.inputs, this.#variables);
    const results = new Map<string, HostTensor>();
    outputs.forEach((value, { name, role }) => {
      if (role === "state") this.#variables.set(name, value);
      else results.set(name, toHost(value));
    });
    return results;
  }

  #update(
    step: TrainStep,
    gradients: ReadonlyMap<string, TensorValue>,
    scalars: CallScalars,
  ): void {
    const clipped = step.clip ? this.#clip(step.clip, gradients) : [];
    const given = new Map([...scalarInputs(scalars), ...clipped]);
    for (const update of step.updates) this.#applyUpdate(step, update, gradients, given);
  }

  /** What runs over all gradients: its results for the updates; states stay. */
  #clip(clip: Program, gradients: ReadonlyMap<string, TensorValue>): [string, HostTensor][] {
    const all = flatten([...gradients.values()]);
    const [length] = clip.graph.values.flatMap(({ op, type }) =>
      op.lower.kind === "leaf" ? type.shape.map(symOf) : [],
    );
    const extents: ReadonlyMap<Sym, number> = length
      ? new Map([[length, all.data.length]])
      : new Map();
    const inputs = new Map([["gradients", all]]);
    const outputs = [...this.#evaluate(clip, extents, inputs, this.#variables)];
    for (const [{ name, role }, value] of outputs)
      if (role === "state") this.#variables.set(name, value);
    return outputs.flatMap(([{ name, role }, value]) =>
      role === "result" ? [[name, rank0("f32", value.data[0] ?? NaN)]] : [],
    );
  }

  #applyUpdate(
    step: TrainStep,
    update: Update,
    gradients: ReadonlyMap<string, TensorValue>,
    given: Tensors,
  ): void {
    const paths = update.parameters;
    const gather = (
      values: ReadonlyMap<string, TensorValue>,
      key: (path: string) => string,
    ): TensorValue => {
      const parts = paths.map((path) => found(values, key(path)));
      return update.isFlat ? flatten(parts) : (parts[0] ?? flatten(parts));
    };
    const before = new Map<string, TensorValue>([["p", gather(this.#variables, (path) => path)]]);
    for (const { name } of step.moments) {
      before.set(
        name,
        gather(this.#variables, (path) => momentName(name, path)),
      );
    }
    const g = gather(gradients, (path) => path);
    const extents: ReadonlyMap<Sym, number> = update.length
      ? new Map([[update.length, g.data.length]])
      : new Map();
    const outputs = this.#evaluate(update.program, extents, new Map([...given, ["g", g]]), before);
    outputs.forEach((value, { name, role }) => {
      this.#scatter(
        value,
        paths,
        role === "parameter" ? (path) => path : (path) => momentName(name, path),
      );
    });
  }

  /** Gives each parameter its part of a flat result. */
  #scatter(value: TensorValue, paths: readonly string[], key: (path: string) => string): void {
    let at = 0;
    for (const path of paths) {
      const { shape, data } = found(this.#variables, path);
      const part = value.data.slice(at, at + data.length);
      this.#variables.set(key(path), { dtype: value.dtype, shape, data: part });
      at += data.length;
    }
  }

  #startMoments(step: TrainStep): void {
    for (const { name, start } of step.numbers ?? [])
      this.#variables.set(name, { dtype: "f32", shape: [], data: Float64Array.of(start) });
    for (const path of step.updates.flatMap(({ parameters }) => parameters)) {
      const { shape, data, dtype } = found(this.#variables, path);
      for (const { name, start } of step.moments) {
        this.#variables.set(momentName(name, path), {
          dtype,
          shape,
          data: new Float64Array(data.length).fill(start),
        });
      }
    }
  }

  #evaluate(
    program: Program,
    dims: ReadonlyMap<Sym, number>,
    inputs: Tensors,
    variables: ReadonlyMap<string, TensorValue>,
  ): Outputs {
    const leaves = ({ role, name, dtype }: LeafSpec): TensorValue => {
      const isVariable = role === "parameter" || role === "state";
      return isVariable ? found(variables, name) : fromHost({ ...inputNamed(inputs, name), dtype });
    };
    const values = evaluateAll(program, { dims, leaves });
    return new Map(
      program.outputs.flatMap((output, i) => (values[i] ? [[output, values[i]]] : [])),
    );
  }
}

/** Gradients so far with a micro-batch's share of their mean; values are not changed in place. */
function added(sum: TensorValue | undefined, value: TensorValue, count: number): TensorValue {
  if (count === 1) return value;
  const data = Float64Array.from(value.data, (x, i) => (sum?.data[i] ?? 0) + x / count);
  return { ...value, data };
}

type Outputs = ReadonlyMap<Output, TensorValue>;

/** As the runtime names them. */
const momentName = (moment: string, path: string): string => `${moment}/${path}`;

const rank0 = (dtype: HostTensor["dtype"], value: number): HostTensor => ({
  dtype,
  shape: [],
  data: Float64Array.of(value),
});

const scalarInputs = ({ seed, step }: CallScalars): Tensors =>
  new Map([
    ["seed", rank0("u32", seed)],
    ["step", rank0("i32", step)],
  ]);

function found(values: ReadonlyMap<string, TensorValue>, name: string): TensorValue {
  const value = values.get(name);
  if (value) return value;
  throw dataFault("missing-variable", `nothing has filled \`${name}\``);
}

function inputNamed(inputs: Tensors, name: string): HostTensor {
  const value = inputs.get(name);
  if (value) return value;
  throw dataFault("input-missing", `the input \`${name}\` is missing`);
}

function flatten(parts: readonly TensorValue[]): TensorValue {
  const data = new Float64Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { dtype: "f32", shape: [data.length], data };
}

const isFloat = (dtype: string): boolean => dtype === "f32" || dtype === "f16";

function rounded(value: TensorValue): TensorValue {
  return isFloat(value.dtype)
    ? { ...value, data: Float64Array.from(value.data, Math.fround) }
    : value;
}

function toHost({ dtype, shape, data }: TensorValue): HostTensor {
  return { dtype, shape, data: isFloat(dtype) ? Float32Array.from(data) : data };
}

function fromHost({ dtype, shape, data }: HostTensor): TensorValue {
  if (isFloat(dtype)) return { dtype, shape: [...shape], data: Float64Array.from(data) };
  if (dtype === "i32") return { dtype, shape: [...shape], data: Int32Array.from(data) };
  if (dtype === "u32") return { dtype, shape: [...shape], data: Uint32Array.from(data) };
  return { dtype, shape: [...shape], data: Uint8Array.from(data) };
}

function unknownEntry(name: string, known: readonly Entry[]): Error {
  const names = known.map((entry) => `\`${entry.name}\``).join(", ");
  return dataFault(
    "unknown-entry",
    `there is no entry \`${name}\``,
    `the entries are ${names === "" ? "none" : names}`,
  );
}
