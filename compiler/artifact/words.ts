// The uniform block of a program: sizes and scalars, each in a word, and the symbols they come from.
import type { SymbolPlan, WordPlan } from "../../runtime/format.js";
import { InternalError } from "../ir/internal-error.js";
import type { LeafSpec } from "../ir/program.js";
import type { Sym } from "../types/dim.js";

/** Numbers the symbols and words of one program, in order of first use. */
export class Words {
  readonly #symbols: Sym[];
  readonly #plans: readonly SymbolPlan[];
  readonly #words: WordPlan[] = [];
  readonly #keys: string[] = [];
  readonly #rounds = new Map<Sym, number>();

  constructor(symbols: readonly Sym[], plans: readonly SymbolPlan[]) {
    this.#symbols = [...symbols];
    this.#plans = plans;
  }

  get symbols(): readonly SymbolPlan[] {
    return this.#plans;
  }

  get words(): readonly WordPlan[] {
    return this.#words;
  }

  /** The number of a symbol. */
  numberOf = (sym: Sym): number => {
    const known = this.#symbols.indexOf(sym);
    if (known < 0) throw new InternalError(`no input binds the size \`${sym.name}\``);
    return known;
  };

  /** Says that a symbol is the number of a round, of the loop that so many others are around. */
  bindRound(sym: Sym, depth: number): void {
    this.#rounds.set(sym, depth);
  }

  wordOfSize(sym: Sym): number {
    const depth = this.#rounds.get(sym);
    if (depth !== undefined) return this.#word(`round ${String(depth)}`, { kind: "round", depth });
    const symbol = this.numberOf(sym);
    return this.#word(`size ${String(symbol)}`, { kind: "symbol", symbol });
  }

  wordOfScalar(spec: LeafSpec): number {
    return this.#word(`scalar ${spec.name}`, {
      kind: "scalar",
      name: spec.name,
      dtype: spec.dtype,
    });
  }

  #word(key: string, plan: WordPlan): number {
    const known = this.#keys.indexOf(key);
    if (known >= 0) return known;
    this.#keys.push(key);
    this.#words.push(plan);
    return this.#words.length - 1;
  }
}
