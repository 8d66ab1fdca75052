// What the translators of operators write with: a program in the making, and one node as a translator sees it.
import type { Node, Tensor, TensorType } from "./model.js";
import type { GraphProto } from "./proto.js";

/** A node that Adjoint has no program for; the message is the reason, for the conformance page. */
export class Miss extends Error {
  override readonly name = "Miss";
}

/** A value of the graph in the program: what to write for it, its type, and its numbers where they are known. */
export interface Operand {
  readonly text: string;
  readonly type: TensorType;
  readonly known: Tensor | undefined;
  /** Whether the program has been made for these very numbers, or reads them when it runs. */
  readonly isConstant: boolean;
}

/** The result of a node: an expression and its type, which may be left to the graph where the graph says it. */
export interface Result {
  readonly text: string;
  readonly type?: TensorType;
}

/** A result whose numbers are known before the program runs. */
export interface KnownResult {
  readonly known: Tensor;
}

/** A program being written: its lines, imports, and which operands it reads when it runs. */
export class Writer {
  readonly lines: string[] = [];
  readonly imports = new Map<string, Set<string>>();
  readonly #read = new Set<string>();
  #count = 0;

  /** Names an expression. */
  let(text: string): string {
    if (/^[a-z]\w*$/.test(text)) return text;
    const name = `v${String(this.#count++)}`;
    this.lines.push(`let ${name} = ${text}`);
    return name;
  }

  /** Takes several parts of a tuple apart. */
  parts(count: number, text: string): readonly string[] {
    const names = Array.from({ length: count }, () => `v${String(this.#count++)}`);
    this.lines.push(`let (${names.join(", ")}) = ${text}`);
    return names;
  }

  /** Imports a name of the standard library, and gives it back. */
  use(module: string, name: string): string {
    const names = this.imports.get(module) ?? new Set();
    this.imports.set(module, names.add(name));
    return name;
  }

  /** Notes that the program reads an operand when it runs. */
  read({ text, known, isConstant }: Operand): string {
    if (isConstant && known) return this.let(constantText(known));
    this.#read.add(text);
    return text;
  }

  /** Whether the program reads what stands under this name. */
  reads(text: string): boolean {
    return this.#read.has(text);
  }
}

/** Translates the nodes of a graph inside of another one: gives the operands of its results. */
export type Inline = (graph: GraphProto, inputs: readonly Operand[]) => readonly Operand[];

/** One node as its translator sees it. */
export class Call {
  readonly node: Node;
  readonly version: number;
  readonly writer: Writer;
  readonly inline: Inline;
  readonly #operands: readonly (Operand | undefined)[];
  readonly #results: readonly (TensorType | undefined)[];

  constructor(
    node: Node,
    version: number,
    operands: readonly (Operand | undefined)[],
    results: readonly (TensorType | undefined)[],
    writer: Writer,
    inline: Inline,
  ) {
    this.node = node;
    this.version = version;
    this.writer = writer;
    this.inline = inline;
    this.#operands = operands;
    this.#results = results;
  }

  /** How many inputs are listed, those left out in between included. */
  get count(): number {
    return this.#operands.length;
  }

  /** Whether an input is given. */
  has(index: number): boolean {
    return this.#operands[index] !== undefined;
  }

  /** Whether the graph wants a result. */
  wants(index: number): boolean {
    return (this.node.outputs[index] ?? "") !== "";
  }

  /** An input as the graph knows it. */
  operand(index: number): Operand {
    const operand = this.#operands[index];
    if (!operand) throw new Miss(`input ${String(index)} is missing`);
    return operand;
  }

  /** The name of an input that the program reads when it runs. */
  x(index = 0): string {
    return this.writer.read(this.operand(index));
  }

  /** The names of all inputs from one on. */
  xs(from = 0): readonly string[] {
    return Array.from({ length: this.count - from }, (_, i) => this.x(from + i));
  }

  /** The sizes of an input. */
  shape(index = 0): readonly number[] {
    return this.operand(index).type.shape;
  }

  /** The number of axes of an input. */
  rank(index = 0): number {
    return this.shape(index).length;
  }

  /** The numbers of an input that the program must know, as sizes and axes are. */
  numbers(index: number): readonly number[] {
    const { known } = this.operand(index);
    if (!known)
      throw new Miss(`input ${String(index)} would have to be known before the program runs`);
    return known.data;
  }

  /** The type of a result as the graph says it. */
  out(index = 0): TensorType {
    const type = this.#results[index];
    if (!type) throw new Miss(`the type of result ${String(index)} is not known`);
    return type;
  }

  /** A whole number among the attributes; the format leaves zeros out. */
  int(name: string, fallback: number): number {
    const found = this.node.attributes.get(name);
    return found ? (found.i ?? 0) : fallback;
  }

  /** A number among the attributes. */
  float(name: string, fallback: number): number {
    const found = this.node.attributes.get(name);
    return found ? (found.f ?? 0) : fallback;
  }

  /** A text among the attributes. */
  word(name: string, fallback: string): string {
    const bytes = this.node.attributes.get(name)?.s;
    return bytes ? Buffer.from(bytes).toString("utf8") : fallback;
  }

  /** Whole numbers among the attributes. */
  ints(name: string): readonly number[] | undefined {
    return this.node.attributes.get(name)?.ints;
  }

  /** An axis, counted from the front. */
  axis(name: string, fallback: number, rank = this.rank()): number {
    const axis = this.int(name, fallback);
    return axis < 0 ? axis + rank : axis;
  }

  /** Names an expression. */
  let(text: string): string {
    return this.writer.let(text);
  }

  /** Imports a name of the standard library. */
  use(module: string, name: string): string {
    return this.writer.use(module, name);
  }
}

/** What a translator gives: the results of its node in order. */
export type Translate = (call: Call) => string | readonly Given[];

/** One result as a translator gives it. */
export type Given = string | Result | KnownResult;

/** Translators by the names of their operators. */
export type Family = Readonly<Record<string, Translate>>;

/** A float or whole number as the language writes it. */
export function num(value: number): string {
  if (Number.isFinite(value)) return String(value);
  throw new Miss("the language has no word for infinities and for what is no number");
}

/** The type of a tensor as the language writes it. */
export const typeText = ({ dtype, shape }: TensorType): string => `${dtype}${list(shape)}`;

/** Sizes in brackets. */
export const list = (items: readonly (number | string)[]): string => `[${items.join(", ")}]`;

/** Axes as a call takes them: one number or several in parentheses. */
export const axesText = (axes: readonly number[]): string =>
  axes.length === 1 ? String(axes[0]) : `(${axes.join(", ")})`;

/** The numbers from 0 below a bound. */
export const range = (count: number, from = 0): readonly number[] =>
  Array.from({ length: Math.max(count, 0) }, (_, i) => from + i);

/** Names of axes for patterns: `a b c …`. */
export const letters = (count: number, from = 0): readonly string[] =>
  range(count, from).map((i) => String.fromCodePoint(97 + i));

/** The product of sizes. */
export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Most numbers that are written out where a constant stands in a program. */
const longest = 256;

/** A tensor of known numbers as an expression. */
export function constantText({ dtype, shape, data }: Tensor): string {
  const literal = (value: number): string => (dtype === "bool" ? String(value !== 0) : num(value));
  const [first = 0] = data;
  if (data.every((value) => value === first))
    return `full(${typeText({ dtype, shape })}, ${literal(first)})`;
  if (data.length > longest) throw new Miss(`a constant of ${String(data.length)} numbers`);
  const flat = concatText(
    data.map((value) => `full(${typeText({ dtype, shape: [1] })}, ${literal(value)})`),
    0,
  );
  return shape.length === 1 ? flat : `reshape(${flat}, ${list(shape)})`;
}

/** Tensors one after another along an axis. */
export const concatText = (parts: readonly string[], axis: number): string =>
  parts.length === 1 ? (parts[0] ?? "") : `concat(${parts.join(", ")}, axis = ${String(axis)})`;

/** Reshapes only where the sizes differ. */
export const reshaped = (text: string, from: readonly number[], to: readonly number[]): string =>
  from.length === to.length && from.every((size, i) => size === to[i])
    ? text
    : `reshape(${text}, ${list(to)})`;
