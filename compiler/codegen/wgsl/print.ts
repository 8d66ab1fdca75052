// Prints a kernel as WGSL. Only generated identifiers reach the text, so equal kernels have equal texts.
import { intrinsic } from "../../scalar/intrinsics.js";
import type { ScalarExpr } from "../../scalar/expr.js";
import { constantOf, floorDiv, int, type Dim, type Sym } from "../../types/dim.js";
import type { Dtype } from "../../types/dtype.js";
import type { Kernel, Statement, Word } from "../kernel.js";
import { floorPrelude, printDim } from "./dim.js";
import { layoutOf, plain, truths, type Layout } from "./memory.js";
import { printLiteral, storageType } from "./scalar.js";

/** The WGSL of a kernel: one entry point `main`, bindings in order in group 0, the uniform block after them. */
export function printWgsl(kernel: Kernel): string {
  const printer = new Printer(kernel);
  const body = printer.block(kernel.body, "  ");
  const head = [
    ...(kernel.subgroup === undefined ? [] : ["enable subgroups;"]),
    ...kernel.bindings.map(
      (b, i) =>
        `@group(0) @binding(${String(i)}) var<storage, ${b.access === "read" ? "read" : "read_write"}> b${String(i)}: array<${printer.layout(i).element}>;`,
    ),
    ...(readsWords(kernel) ? [uniformBlock(kernel)] : []),
    ...kernel.shared.map(
      (a) =>
        `var<workgroup> ${printer.local(a.name)}: array<${storageType(a.dtype)}, ${String(a.length)}>;`,
    ),
    ...printer.preludes,
  ];
  const lane = kernel.subgroup === undefined ? "local_invocation_index" : "subgroup_invocation_id";
  const entry = `@compute @workgroup_size(${String(kernel.workgroupSize)})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) wgs: vec3<u32>, @builtin(${lane}) lid: u32) {
  let ${printer.sym(kernel.group)} = i32(wid.x + wid.y * wgs.x);
  let ${printer.sym(kernel.lane)} = i32(lid);
${wordsOf(kernel, printer)}${body}}`;
  return `${[...head, entry].join("\n")}\n`;
}

/** Whether a kernel has a uniform block. */
export const readsWords = ({ words, passed }: Kernel): boolean =>
  words.length > 0 || passed.length > 0;

/** Names for the words that a kernel reads: those of the program, then what its dispatch passes. */
function wordsOf({ words, wordCount, passed }: Kernel, printer: Printer): string {
  const reads = [
    ...words.map((w) => `let ${printer.word(w)} = ${readWord(w)};`),
    ...passed.map(
      ({ name, dtype }, i) =>
        `let ${printer.local(name)} = ${asDtype(wordAt(wordCount + i), dtype)};`,
    ),
  ];
  return reads.map((read) => `  ${read}\n`).join("");
}

const uniformBlock = (kernel: Kernel): string =>
  `struct Words { w: array<vec4<u32>, ${String(Math.ceil((kernel.wordCount + kernel.passed.length) / 4))}> }
@group(0) @binding(${String(kernel.bindings.length)}) var<uniform> words: Words;`;

const wordAt = (word: number): string =>
  `words.w[${String(Math.floor(word / 4))}].${"xyzw"[word % 4] ?? "x"}`;

function readWord(word: Word): string {
  const text = wordAt(word.word);
  return word.kind === "size" ? `i32(${text})` : asDtype(text, word.dtype);
}

function asDtype(text: string, dtype: Dtype): string {
  if (dtype === "bool") return `(${text} != 0u)`;
  return dtype === "u32" ? text : `bitcast<${dtype}>(${text})`;
}

/** Spells statements; names are numbered in order of appearance. */
class Printer {
  readonly preludes = new Set<string>();
  readonly #layouts: readonly Layout[];
  readonly #syms = new Map<Sym, string>();
  readonly #locals = new Map<string, string>();

  constructor(kernel: Kernel) {
    this.#layouts = kernel.bindings.map((b, i) => layoutOf(b, i, kernel.body));
  }

  sym(sym: Sym): string {
    return named(this.#syms, sym, "k");
  }

  local(name: string): string {
    return named(this.#locals, name, "v");
  }

  word(word: Word): string {
    return word.kind === "size" ? this.sym(word.sym) : this.local(word.name);
  }

  block(statements: readonly Statement[], indent: string): string {
    return statements.map((s) => `${indent}${this.statement(s, indent)}\n`).join("");
  }

  statement(s: Statement, indent: string): string {
    switch (s.kind) {
      case "let":
        return `let ${this.local(s.name)} = ${this.scalar(s.value)};`;
      case "var":
        return `var ${this.local(s.name)} = ${this.scalar(s.value)};`;
      case "assign":
        return `${this.local(s.name)} = ${this.scalar(s.value)};`;
      case "index":
        return `let ${this.sym(s.sym)} = ${this.dim(s.value)};`;
      case "bind":
        return `let ${this.sym(s.sym)} = i32(${this.scalar(s.value)});`;
      case "load":
        return `let ${this.local(s.name)} = ${this.layout(s.binding).load(`b${String(s.binding)}`, this.dim(s.at))};`;
      case "load4":
        return this.load4(s);
      case "subgroup":
        return `let ${this.local(s.name)} = ${this.together(s)};`;
      case "store4":
        return `b${String(s.binding)}[${this.quarter(s.at)}] = ${this.written(s.binding).vectorOf(s.values.map((v) => this.scalar(v)))};`;
      case "store":
        return this.written(s.binding).store(
          `b${String(s.binding)}`,
          this.dim(s.at),
          this.scalar(s.value),
        );
      case "array":
        return `var ${this.local(s.name)}: array<${storageType(s.dtype)}, ${String(s.length)}>;`;
      case "put":
        return arrayOf(s.value.dtype).store(
          this.local(s.array),
          this.dim(s.at),
          this.scalar(s.value),
        );
      case "take":
        return `let ${this.local(s.name)} = ${arrayOf(s.dtype).load(this.local(s.array), this.dim(s.at))};`;
      case "barrier":
        return "workgroupBarrier();";
      case "when":
        return `if (${this.scalar(s.condition)}) {\n${this.block(s.body, `${indent}  `)}${indent}}`;
      case "while":
        return `while (${this.scalar(s.condition)}) {\n${this.block(s.body, `${indent}  `)}${indent}}`;
      case "loop":
        return this.loop(s, indent);
    }
  }

  loop(s: Statement & { kind: "loop" }, indent: string): string {
    const name = this.sym(s.sym);
    const head = `for (var ${name} = ${this.dim(s.from)}; ${name} < ${this.dim(s.to)}; ${name} += ${this.dim(s.step)})`;
    return `${head} {\n${this.block(s.body, `${indent}  `)}${indent}}`;
  }

  layout(binding: number): Layout {
    const layout = this.#layouts[binding];
    if (!layout) throw new RangeError(`no binding ${String(binding)}`);
    return layout;
  }

  /** The layout of a binding that is written. */
  written(binding: number): Layout {
    const layout = this.layout(binding);
    if (layout.prelude !== undefined) this.preludes.add(layout.prelude);
    return layout;
  }

  /** One vector, whose components go by the names of the elements. */
  load4({ names, binding, at }: Statement & { kind: "load4" }): string {
    const vector = this.local(names.join(" "));
    for (const [i, name] of names.entries())
      this.#locals.set(name, `${vector}.${"xyzw"[i] ?? "x"}`);
    const item = `b${String(binding)}[${this.quarter(at)}]`;
    return `let ${vector} = ${this.layout(binding).vector(item)};`;
  }

  together({ fn, value }: Statement & { kind: "subgroup" }): string {
    const text = this.scalar(value);
    if (typeof fn === "object") return `subgroupBroadcast(${text}, ${String(fn.lane)}u)`;
    const names = { add: "Add", mul: "Mul", max: "Max", min: "Min" } as const;
    return `subgroup${names[fn]}(${text})`;
  }

  /** A fourth of a place that is a multiple of four and not negative. */
  quarter(at: Dim): string {
    const isPlain = at.terms.every((t) => t.coefficient % 4 === 0);
    return isPlain ? this.dim(floorDiv(at, int(4))) : `(${this.dim(at)} >> 2u)`;
  }

  dim(d: Dim): string {
    const text = printDim(d, (sym) => this.sym(sym));
    if (text.includes("dl_floor")) this.preludes.add(floorPrelude);
    return text;
  }

  scalar(x: ScalarExpr): string {
    switch (x.kind) {
      case "literal":
        return printLiteral(x.value, x.dtype);
      case "variable":
        return this.local(x.name);
      case "dim": {
        const constant = constantOf(x.dim);
        if (constant !== undefined) return printLiteral(constant, x.dtype);
        return x.dtype === "i32" ? this.dim(x.dim) : `u32(${this.dim(x.dim)})`;
      }
      case "call": {
        const row = intrinsic(x.fn);
        if (row.prelude !== undefined) this.preludes.add(row.prelude);
        return row.wgsl(
          x.args.map((a) => this.scalar(a)),
          x.dtype,
        );
      }
    }
  }
}

function named<K>(names: Map<K, string>, key: K, letter: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = `${letter}${String(names.size)}`;
  names.set(key, name);
  return name;
}

/** How elements of arrays of a workgroup or an invocation are spelled. */
const arrayOf = (dtype: Dtype): Layout => (dtype === "bool" ? truths : plain);
