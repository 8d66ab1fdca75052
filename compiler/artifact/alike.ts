// Groups that compute the same of different operands: their kernels are generated once, for a stack of equal layers once a layer kind.
import type { BoundLaunch, KernelContext, Operand, Scratch } from "../codegen/builder.js";
import type { KernelSpec } from "../codegen/select.js";
import { attrKey } from "../ir/print.js";
import type { Value } from "../ir/op.js";
import type { LeafSpec } from "../ir/program.js";
import type { Dim } from "../types/dim.js";

/** Launches as generated, and the operands that they mention, numbered as the description of their group has them. */
interface Known {
  readonly launches: readonly BoundLaunch[];
  readonly operands: readonly Operand[];
}

/** Remembers what was generated within one program, whose kernels share one uniform block. */
export class AlikeGroups {
  readonly #known = new Map<string, Known>();
  readonly #attributes = new WeakMap<object, string>();

  /** The launches of a spec: those of an equal one with its operands put in, else what `generate` gives. */
  launches(
    context: KernelContext,
    spec: KernelSpec,
    generate: () => readonly BoundLaunch[],
  ): readonly BoundLaunch[] {
    const description = new Description(context, (attrs) => this.#attributesOf(attrs));
    const key = description.of(spec);
    const { operands } = description;
    const known = this.#known.get(key);
    if (known) return rebound(known, operands);
    const launches = generate();
    this.#known.set(key, { launches, operands });
    return launches;
  }

  #attributesOf(attrs: object): string {
    const known = this.#attributes.get(attrs) ?? attrKey(attrs);
    this.#attributes.set(attrs, known);
    return known;
  }
}

/** Puts operands in the place of those of an equal group; memory between its launches becomes memory of its own. */
function rebound(known: Known, operands: readonly Operand[]): readonly BoundLaunch[] {
  const own = new Map<Operand, Operand>();
  known.operands.forEach((before, i) => {
    const now = operands[i];
    if (now) own.set(before, now);
  });
  const placed = (before: Operand): Operand => {
    const now = own.get(before) ?? { ...(before as Scratch) };
    own.set(before, now);
    return now;
  };
  return known.launches.map((launch) => ({ ...launch, operands: launch.operands.map(placed) }));
}

/**
 * A text that says all that generation depends on: ops, attributes and types of what is computed, types and homes of what is in
 * memory, and which of them are the same. Groups with equal texts get equal kernels.
 */
class Description {
  /** Values and what they lie in, in order of first mention. */
  readonly operands: Operand[] = [];
  readonly #numbers = new Map<Operand, number>();
  readonly #context: KernelContext;
  readonly #attributes: (attrs: object) => string;
  readonly #lines: string[] = [];

  constructor(context: KernelContext, attributes: (attrs: object) => string) {
    this.#context = context;
    this.#attributes = attributes;
  }

  of(spec: KernelSpec): string {
    const root = this.#part(spec);
    return `${this.#lines.join("\n")}\n${root}`;
  }

  /** Any part of a spec; values in it become numbers. */
  #part(part: unknown): string {
    if (typeof part !== "object" || part === null) return `${typeof part} ${String(part)}`;
    if (isValue(part)) return `#${String(this.#value(part))}`;
    if (isDim(part)) return `<${part.key}>`;
    const parts: readonly unknown[] =
      Symbol.iterator in part ? [...(part as Iterable<unknown>)] : Object.entries(part);
    return `[${parts.map((p) => this.#part(p)).join(",")}]`;
  }

  #value(value: Value): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const isRead = this.#context.isInMemory(value) || isStoredLeaf(value);
    const operands = isRead ? [] : value.operands.map((operand) => this.#value(operand));
    const number = this.#number(value);
    const { operand: home, from } = this.#context.homeOf(value);
    const made = isRead
      ? "memory"
      : `${value.op.name}(${operands.join(",")})${this.#attributes(value.attrs)}`;
    const { dtype, shape } = value.type;
    const type = `${dtype}[${shape.map((d) => d.key).join(",")}]`;
    const place = `${String(this.#number(home))}+${from.key}`;
    this.#lines.push(`${String(number)} ${made} ${type} in ${place}`);
    return number;
  }

  #number(operand: Operand): number {
    const known = this.#numbers.get(operand);
    if (known !== undefined) return known;
    const number = this.operands.push(operand) - 1;
    this.#numbers.set(operand, number);
    return number;
  }
}

/** Inputs, parameters and states: kernels know them by binding, whatever their names. */
const isStoredLeaf = ({ op, attrs }: Value): boolean =>
  op.lower.kind === "leaf" && (attrs as LeafSpec).role !== "scalar";

const isValue = (part: object): part is Value => "op" in part && "operands" in part;

const isDim = (part: object): part is Dim => "terms" in part && "key" in part;
