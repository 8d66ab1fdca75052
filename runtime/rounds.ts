// The rounds of a program's loops: in which order its dispatches run, and which copy of the words each of them reads.
import type { ProgramPlan } from "./format.js";
import { RuntimeFault } from "./errors.js";
import { evaluate } from "./formula.js";

/** A dispatch at its turn: its number, and the copy of the words that says in which round it runs and what is passed to it. */
export interface Turn {
  readonly dispatch: number;
  readonly copy: number;
}

/** What one copy of the words is for. */
export interface WordsCopy {
  /** Numbers of the rounds around, outermost first. */
  readonly rounds: readonly number[];
  /** Words that its dispatches are passed. */
  readonly passed: readonly number[];
}

/** The dispatches of a program in the order in which they run, and what each copy of its words is for. */
export interface Turns {
  readonly turns: readonly Turn[];
  /** The first is for what is in no loop and is passed nothing. */
  readonly copies: readonly WordsCopy[];
}

/** The turns of a program for given sizes. Loops with the same numbers of rounds share their copies. */
export function turnsOf(plan: ProgramPlan, symbols: readonly number[]): Turns {
  const turns: Turn[] = [];
  const copies: WordsCopy[] = [];
  const numbers = new Map<string, number>();
  const copyOf = (rounds: readonly number[], passed: readonly number[] = []): number => {
    const key = `${rounds.join()};${passed.join()}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, copies.length);
    return copies.push({ rounds, passed }) - 1;
  };
  // Of loops that start at one dispatch the last is around the others.
  const run = (
    from: number,
    to: number,
    inner: ProgramPlan["loops"],
    rounds: readonly number[],
  ): void => {
    const plain = copyOf(rounds);
    for (let dispatch = from; dispatch <= to; dispatch++) {
      const loop = inner.findLast((l) => l.from === dispatch);
      if (!loop) {
        const passed = plan.dispatches[dispatch]?.passed;
        const copy = passed ? copyOf(rounds, passed) : plain;
        if (turns.push({ dispatch, copy }) > mostTurns) throw tooMany();
        continue;
      }
      const within = inner.filter((l) => l !== loop && l.from >= loop.from && l.to <= loop.to);
      const count = evaluate(loop.count, symbols);
      for (let round = 0; round < Math.min(count, mostTurns + 1); round++)
        run(loop.from, loop.to, within, [...rounds, round]);
      dispatch = loop.to;
    }
  };
  run(0, plan.dispatches.length - 1, plan.loops, []);
  return { turns, copies };
}

/** Dispatches of one call at most. */
const mostTurns = 2 ** 21;

const tooMany = (): RuntimeFault =>
  new RuntimeFault(`a call would make more than ${String(mostTurns)} dispatches`, {
    code: "too-many-rounds",
    exit: 1,
    remedy: "use shorter sequences",
  });

/** How many copies of its words a program needs. */
export const copiesOf = (plan: ProgramPlan, symbols: readonly number[]): number =>
  turnsOf(plan, symbols).copies.length;
