// What expressions mean to the oracle: shapes as plain numbers, with nothing in common with the compiler's dims.
import type { FnDecl, LayerDecl, Pattern, Span } from "../../../../grammar/index.js";
import type { Declared, Unit } from "../../../../compiler/resolve/modules.js";

/**
 * The program is wrong at these sizes. A `bound` is too small an axis for what is read of it, which is a mistake of the
 * program only where no size is large enough; a `clause` over static arguments of a model is asked of its defaults alone.
 */
export class Wrong extends Error {
  readonly kind: "fault" | "bound" | "clause";
  /** Where the contradiction shows: the innermost expression that cannot be evaluated. */
  at?: Span;

  constructor(message: string, kind: Wrong["kind"] = "fault") {
    super(message);
    this.kind = kind;
  }
}

/** The oracle does not know this construct; a test that meets one fails. */
export class Unsupported extends Error {}

export interface Tensor {
  readonly kind: "tensor";
  readonly shape: readonly number[];
  readonly dtype: string;
}

export interface Instance {
  readonly kind: "instance";
  readonly decl: LayerDecl;
  readonly env: Env;
}

export type Meaning =
  | Tensor
  | Instance
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "list"; readonly items: readonly Meaning[] }
  | { readonly kind: "range"; readonly from: number; readonly to: number }
  | { readonly kind: "pack"; readonly sizes: readonly number[] }
  | { readonly kind: "pattern"; readonly pattern: Pattern }
  | { readonly kind: "fn"; readonly decl: FnDecl; readonly env: Env }
  | { readonly kind: "layer"; readonly decl: LayerDecl; readonly env: Env }
  | { readonly kind: "dtype"; readonly name: string }
  | { readonly kind: "primitive"; readonly name: string };

export const tensor = (shape: readonly number[], dtype = "f32"): Tensor => {
  if (shape.some((n) => n < 0 || !Number.isInteger(n)))
    throw new Wrong(`a size of [${shape.join(", ")}]`);
  return { kind: "tensor", shape, dtype };
};

export const number = (value: number): Meaning => ({ kind: "number", value });

/** Names in scope. */
export class Env {
  readonly parent: Env | undefined;
  readonly names = new Map<string, Meaning>();
  readonly #outer: ((name: string) => Meaning | undefined) | undefined;

  constructor(parent?: Env, outer?: (name: string) => Meaning | undefined) {
    this.parent = parent;
    this.#outer = outer;
  }

  lookup(name: string): Meaning | undefined {
    return this.names.get(name) ?? this.#outer?.(name) ?? this.parent?.lookup(name);
  }

  /** Gives a new meaning to a name where it was bound. */
  assign(name: string, meaning: Meaning): void {
    if (this.names.has(name) || !this.parent) this.names.set(name, meaning);
    else this.parent.assign(name, meaning);
  }
}

export const asNumber = (m: Meaning): number => {
  if (m.kind !== "number") throw new Wrong(`${m.kind} where a number is needed`);
  return m.value;
};

export const asTensor = (m: Meaning): Tensor => {
  if (m.kind !== "tensor") throw new Wrong(`${m.kind} where a tensor is needed`);
  return m;
};

/** The top level of a file: its names, the prelude, the primitives. */
export function topLevel(
  unit: Unit,
  prelude: ReadonlyMap<string, Declared>,
  primitives: ReadonlySet<string>,
): Env {
  const meaningOf = (declared: Declared | undefined): Meaning | undefined => {
    const env =
      declared && (declared.unit === unit ? own : topLevel(declared.unit, prelude, primitives));
    const item = declared?.item;
    if (!item || !env) return undefined;
    return item.kind === "fn" || item.kind === "layer" ? callable(item, env) : undefined;
  };
  const own: Env = new Env(undefined, (name) => {
    const found = meaningOf(unit.names.get(name) ?? prelude.get(name));
    if (!found && dtypes.has(name)) return { kind: "dtype", name };
    return found ?? (primitives.has(name) ? { kind: "primitive", name } : undefined);
  });
  return own;
}

const dtypes: ReadonlySet<string> = new Set(["f32", "i32", "bool"]);

const callable = (item: FnDecl | LayerDecl, env: Env): Meaning =>
  item.kind === "fn" ? { kind: "fn", decl: item, env } : { kind: "layer", decl: item, env };
