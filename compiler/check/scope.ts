// Scopes: which names are visible at a place, and what they mean.
import type { Expr } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import type { Fact } from "../types/constraints.js";

/** A visible name. */
export interface Bound<M> {
  meaning: M;
  readonly span?: Span;
  /** `let` and parameters never change; `var` does, inside loops. */
  readonly isVariable?: boolean;
  /** The `if` of a member that may be left out, and what it says of sizes. */
  readonly onlyIf?: { readonly condition: Expr; facts(): readonly Fact[] };
}

/** How a static argument got its value: what was written for it, and the scope that this was read in. */
export interface Given<M> {
  /** The name of what was called or instantiated. */
  readonly callee: string;
  readonly node: Expr;
  readonly scope: ScopeOf<M>;
  readonly isDefault: boolean;
}

/** A chain of name tables. A table may find names lazily (members of a layer, declarations of a file). */
export class ScopeOf<M> {
  private readonly own = new Map<string, Bound<M>>();
  private readonly given = new Map<string, Given<M>>();
  readonly parent: ScopeOf<M> | undefined;
  private readonly find: ((name: string) => Bound<M> | undefined) | undefined;
  private readonly list: (() => Iterable<string>) | undefined;

  constructor(
    parent?: ScopeOf<M>,
    lazily?: { find(name: string): Bound<M> | undefined; names(): Iterable<string> },
  ) {
    this.parent = parent;
    this.find = lazily?.find.bind(lazily);
    this.list = lazily?.names.bind(lazily);
  }

  bind(name: string, meaning: M, span?: Span, isVariable = false): void {
    this.own.set(name, {
      meaning,
      ...(span ? { span } : {}),
      ...(isVariable ? { isVariable } : {}),
    });
  }

  lookup(name: string): Bound<M> | undefined {
    return this.own.get(name) ?? this.find?.(name) ?? this.parent?.lookup(name);
  }

  /** The innermost binding of a name whose meaning will do. */
  lookupThat(accepts: (meaning: M) => boolean, name: string): Bound<M> | undefined {
    const here = [this.own.get(name), this.find?.(name)].find((b) => b && accepts(b.meaning));
    return here ?? this.parent?.lookupThat(accepts, name);
  }

  /** Remembers what was written for a static argument that this table binds. */
  trace(name: string, given: Given<M>): void {
    this.given.set(name, given);
  }

  /** What was written for a name, where it is a static argument that got a value. */
  givenFor(name: string): Given<M> | undefined {
    if (this.own.has(name)) return this.given.get(name);
    return this.find?.(name) ? undefined : this.parent?.givenFor(name);
  }

  /** Every visible name, for suggestions. */
  names(into: Set<string> = new Set()): Set<string> {
    for (const name of this.own.keys()) into.add(name);
    for (const name of this.list?.() ?? []) into.add(name);
    return this.parent?.names(into) ?? into;
  }

  /** What is bound and visible; to ask for what is found lazily would evaluate it. */
  bound(into: Map<string, Bound<M>> = new Map()): Map<string, Bound<M>> {
    for (const [name, bound] of this.own) if (!into.has(name)) into.set(name, bound);
    return this.parent?.bound(into) ?? into;
  }

  /** The variables (`var`) that are visible, innermost first. */
  variables(into: Map<string, Bound<M>> = new Map()): Map<string, Bound<M>> {
    for (const [name, bound] of this.own)
      if (bound.isVariable && !into.has(name)) into.set(name, bound);
    return this.parent?.variables(into) ?? into;
  }
}
