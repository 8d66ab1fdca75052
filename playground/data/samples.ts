// Batches of the samples in a file: rows of a table, or the leading axis of tensors, which fill the inputs of their names.
import { Epochs } from "../../cli/training/epochs.js";
import type { InputPlan } from "../../runtime/format.js";
import { evaluate } from "../../runtime/formula.js";
import type { InputValue, TensorData } from "../../runtime/inputs.js";
import type { Inputs } from "../../runtime/model.js";
import { numbersOf, storedBytes, type StoredTensor } from "../../runtime/weights.js";
import type { Data } from "./files.js";
import { dataFault, type Column } from "./table.js";

/** Batches for a run. */
export interface Feed {
  /** Inputs of a step, which starts at 1. */
  readonly batch: (step: number) => Inputs;
  /** The characters that token ids stand for, where they do. */
  readonly characters?: readonly string[];
}

/** A file with samples. */
type Sampled = Exclude<Data, { readonly kind: "text" }>;

/** What one input is filled from. */
interface Source {
  readonly count: number;
  /** Extents behind the leading axis. */
  readonly rest: readonly number[];
  /** The numbers of some samples, one behind the other. */
  readonly numbers: (rows: readonly number[]) => Float64Array;
}

/** Draws samples as `dl train` does: each epoch in an order of its own. Throws a fault that says which input lacks what. */
export function samplesFeed(
  data: Sampled,
  inputs: readonly InputPlan[],
  symbols: readonly number[],
  seed: number,
): Feed {
  const extents = inputs.map(({ shape }) => shape.map((formula) => evaluate(formula, symbols)));
  const sources = inputs.map((input, i): Source => {
    const rest = (extents[i] ?? []).slice(1);
    return data.kind === "table"
      ? fromTable(data, input, rest)
      : fromTensors(data, input, data.tensors);
  });
  const samples = sources[0]?.count ?? 0;
  const other = sources.findIndex(({ count }) => count !== samples);
  if (other >= 0) {
    throw dataFault(
      `\`${data.name}\`: \`${inputs[0]?.name ?? ""}\` has ${String(samples)} samples and \`${inputs[other]?.name ?? ""}\` has ${String(sources[other]?.count)}`,
      "the leading axes count samples, so they must be equal",
    );
  }
  const batch = extents[0]?.[0] ?? 1;
  if (samples < batch) {
    throw dataFault(
      `\`${data.name}\` has ${String(samples)} samples, too few for batches of ${String(batch)}`,
      `make batches of ${String(samples)} or fewer`,
    );
  }
  const epochs = new Epochs(samples, seed);
  return {
    batch(step) {
      const rows = epochs.rows(step, batch);
      const filled = inputs.map((input, i): [string, InputValue] => {
        const source = sources[i];
        const numbers = source?.numbers(rows) ?? new Float64Array(0);
        const shape = [batch, ...(source?.rest ?? [])];
        return [input.name, { data: dataOf(numbers, input, data.name), shape }];
      });
      return Object.fromEntries(filled);
    },
  };
}

/** The columns that fill an input: one of its name, or as many with numbers behind it as a sample has elements. */
function fromTable(
  { name, table }: Sampled & { readonly kind: "table" },
  input: InputPlan,
  rest: readonly number[],
): Source {
  const width = rest.reduce((product, extent) => product * extent, 1);
  const found = columnsFor(input.name, table.columns);
  if (found.length !== width || input.shape.length === 0) {
    const [has] = [...table.columns.keys()].join(", ").match(/^.{0,200}/) ?? [""];
    const wanted =
      width === 1
        ? `a column \`${input.name}\``
        : `columns \`${input.name}.0\` to \`${input.name}.${String(width - 1)}\``;
    throw dataFault(
      found.length === 0
        ? `\`${name}\` has no column for \`${input.name}: ${input.text}\`; its columns are ${has}`
        : `\`${name}\` has ${String(found.length)} columns for \`${input.name}: ${input.text}\`, which takes ${String(width)}`,
      `give it ${wanted}`,
    );
  }
  for (const [column, { bad }] of found) {
    if (bad === undefined) continue;
    const what =
      bad.cell === "" ? "is empty" : `is \`${bad.cell.slice(0, 40)}\`, which is no number`;
    throw dataFault(`\`${name}\`, line ${String(bad.line)}: \`${column}\` ${what}`);
  }
  return {
    count: table.rows,
    rest,
    numbers(rows) {
      const out = new Float64Array(rows.length * width);
      for (const [i, row] of rows.entries())
        for (const [j, [, column]] of found.entries())
          out[i * width + j] = column.numbers[row] ?? NaN;
      return out;
    },
  };
}

/** `x` alone, or `x.0`, `x_0`, `x[0]` and `x0` in the order of their numbers. */
function columnsFor(
  name: string,
  columns: ReadonlyMap<string, Column>,
): readonly (readonly [name: string, column: Column])[] {
  const own = columns.get(name);
  if (own) return [[name, own]];
  const numbered = [...columns].flatMap(([column, values]) => {
    if (!column.startsWith(name)) return [];
    const [, plain, inBrackets] =
      /^(?:[._]?(\d+)|\[(\d+)\])$/.exec(column.slice(name.length)) ?? [];
    const digits = plain ?? inBrackets;
    return digits === undefined ? [] : [{ place: Number(digits), column, values }];
  });
  return numbered
    .sort((a, b) => a.place - b.place)
    .map(({ column, values }) => [column, values] as const);
}

/** The tensor of an input's name; its extents behind the leading axis are its own. */
function fromTensors(
  { name }: Sampled,
  input: InputPlan,
  tensors: ReadonlyMap<string, StoredTensor>,
): Source {
  const stored = tensors.get(input.name);
  if (!stored) {
    const known = [...tensors.keys()].slice(0, 12).map((key) => `\`${key}\``);
    throw dataFault(
      `\`${name}\` has no tensor for \`${input.name}: ${input.text}\`; it has ${known.length === 0 ? "none" : known.join(", ")}`,
      "name its tensors as the run names its inputs",
    );
  }
  if (stored.shape.length !== input.shape.length || stored.shape.length === 0) {
    throw dataFault(
      `\`${name}\`: \`${input.name}\` has the shape [${stored.shape.join(", ")}], but the run takes \`${input.text}\``,
    );
  }
  const [count = 0, ...rest] = stored.shape;
  const width = rest.reduce((product, extent) => product * extent, 1);
  const stride = width * storedBytes[stored.dtype];
  return {
    count,
    rest,
    numbers(rows) {
      const bytes = new Uint8Array(rows.length * stride);
      for (const [i, row] of rows.entries())
        bytes.set(stored.bytes.subarray(row * stride, (row + 1) * stride), i * stride);
      return numbersOf({ ...stored, shape: [rows.length, ...rest], bytes }, name);
    },
  };
}

/** Numbers as the array that an input takes; throws where an integer input is given another number. */
function dataOf(numbers: Float64Array, { name, dtype }: InputPlan, file: string): TensorData {
  if (dtype === "f32" || dtype === "f16") return Float32Array.from(numbers);
  const [low, high] =
    dtype === "i32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, dtype === "bool" ? 1 : 2 ** 32 - 1];
  const bad = numbers.find((x) => !Number.isInteger(x) || x < low || x > high);
  if (bad !== undefined) {
    throw dataFault(
      `\`${file}\`: \`${name}\` has the number ${String(bad)}, which ${dtype} cannot hold`,
      `\`${name}\` takes ${dtype === "bool" ? "0 and 1" : "whole numbers"}`,
    );
  }
  if (dtype === "i32") return Int32Array.from(numbers);
  return dtype === "u32" ? Uint32Array.from(numbers) : Uint8Array.from(numbers);
}
