// What a table of kernels is: for each name of tfjs's kernels, how its arguments become expressions of the language.
import { expressionOf, infoOf } from "../backend.js";
import { OutsideLanguage, sizeOf, type Expression } from "../expressions.js";
import { note } from "../notes.js";
import { print } from "../printer.js";
import { compiledOf } from "../runner.js";
import type { Attributes, KernelCall, TensorInfo, Tf } from "../tf.js";

/** The arguments of a kernel, read by name. */
export interface Arguments {
  /** The tensor of a name. */
  readonly tensor: (name: string) => Expression;
  /** The tensor of a name, where it is given. */
  readonly optional: (name: string) => Expression | undefined;
  /** All tensors in their order, of kernels that take a list. */
  readonly tensors: readonly Expression[];
  readonly attrs: Attributes;
  readonly number: (name: string) => number;
  readonly numbers: (name: string) => readonly number[];
  /** An attribute that is a word; empty where it is missing. */
  readonly word: (name: string) => string;
}

/** Turns arguments into one result, or several. */
export type Kernel = (args: Arguments, tf: Tf) => Expression | readonly Expression[];

/** Kernels by tfjs's names. */
export type Kernels = Readonly<Record<string, Kernel>>;

/** Registers a table of kernels with tfjs. */
export function register(tf: Tf, kernels: Kernels): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName: "adjoint",
      kernelFunc: (call) => run(kernel, call, tf),
    });
  }
}

function run(kernel: Kernel, call: KernelCall, tf: Tf): TensorInfo | TensorInfo[] {
  try {
    const args = argumentsOf(call);
    const results = kernel(args, tf);
    for (const result of [results].flat()) refuseWrong(result, args.tensors);
    return "form" in results ? infoOf(results) : results.map(infoOf);
  } catch (error) {
    if (error instanceof OutsideLanguage) note.outside.push(error.reason);
    throw error;
  }
}

/** Checks the part of a program that a kernel adds, at once: specs expect that mistakes are refused when they are made. */
function refuseWrong(result: Expression, inputs: readonly Expression[]): void {
  const given = new Set(inputs);
  if (given.has(result)) return;
  if (sizeOf(result.shape) === 0) throw new OutsideLanguage("tensors without elements");
  const { text } = print(result, (e) => (given.has(e) ? new Float32Array(0) : undefined));
  try {
    compiledOf(text);
  } catch (error) {
    note.refusals += 1;
    throw error;
  }
}

function argumentsOf({ inputs, attrs }: KernelCall): Arguments {
  const isOne = (x: TensorInfo | readonly TensorInfo[] | null | undefined): x is TensorInfo =>
    x !== null && x !== undefined && "dataId" in x;
  const optional = (name: string): Expression | undefined => {
    const given = inputs[name];
    return isOne(given) ? expressionOf(given) : undefined;
  };
  return {
    attrs,
    optional,
    tensor: (name) => {
      const found = optional(name);
      if (!found) throw new Error(`the kernel has no input ${name}`);
      return found;
    },
    get tensors() {
      return Object.values(inputs).flatMap((x) =>
        isOne(x) ? [expressionOf(x)] : (x ?? []).map(expressionOf),
      );
    },
    number: (name) => Number(attrs[name]),
    word: (name) => (typeof attrs[name] === "string" ? attrs[name] : ""),
    numbers: (name) => {
      const given = attrs[name];
      return ArrayBuffer.isView(given) || Array.isArray(given)
        ? Array.from(given as ArrayLike<unknown>, Number)
        : [Number(given)];
    },
  };
}
