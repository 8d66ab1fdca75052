// How much evaluation one declaration may take. What people write takes far less; without a limit a function that is given
// to itself would never end, and a loop of a thousand million rounds would seem not to.
import type { Span } from "../../grammar/source.js";
import { limits, type Diagnostic } from "../diagnostics/index.js";

/** Most elements of a range whose length is known, and most parts of a split. */
export const mostElements = 65_536;

/** Most expressions inside each other, through calls. Twice as many still fit on the stack of a fresh process. */
const deepest = 600;

/** What a call counts beside the expressions of its body: its arguments are matched and bound. */
const call = { depth: 2, steps: 6 };

/**
 * Most expressions and results that checking one declaration evaluates beyond its own text: thirty times what the largest model
 * of the library takes. What is written out may be as long as it likes.
 */
const mostSteps = 100_000;

/** Counts the work of one evaluation; once a limit is met, that is said and nothing more is evaluated. */
export class Work {
  private readonly report: (diagnostic: Diagnostic) => void;
  private most: number;
  private steps = 0;
  private depth = 0;
  private isOver = false;

  /** `share` says how many times the usual work is allowed. */
  constructor(report: (diagnostic: Diagnostic) => void, share = 1) {
    this.report = report;
    this.most = share * mostSteps;
  }

  /** Whether a limit was met, so that nothing more is found. */
  get isSpent(): boolean {
    return this.isOver;
  }

  /** Allows for a declaration of so many characters, none of which is read twice for what stands there. */
  allowFor(characters: number): void {
    this.most += characters;
  }

  /** Leaves only what an ordinary declaration takes: for those beside one that did not end. */
  ration(): void {
    this.most = Math.min(this.most, mostSteps / 20);
  }

  /** Begins an expression; false if it must not be evaluated. What was begun is ended by `leave`. */
  enter(at: Span): boolean {
    if (this.isOver) return false;
    if (this.depth >= deepest) return this.stop(limits.evaluationTooDeep({ at }));
    if (!this.spend(1, at)) return false;
    this.depth += 1;
    return true;
  }

  leave(): void {
    this.depth -= 1;
  }

  /** Runs the body of what is called, which takes more of the stack than an expression. */
  called<T>(body: () => T): T {
    this.depth += call.depth;
    this.steps += call.steps;
    try {
      return body();
    } finally {
      this.depth -= call.depth;
    }
  }

  /** Counts steps that are no expressions; false if they are too many. */
  spend(steps: number, at: Span): boolean {
    this.steps += steps;
    if (this.steps <= this.most) return true;
    return this.stop(limits.evaluationTooLong({ at, limit: this.most }));
  }

  /** Whether a list may have so many elements, which are counted as steps. */
  allows(elements: number, at: Span): boolean {
    if (elements <= mostElements) return this.spend(elements, at);
    return this.stop(limits.tooManyElements({ at, elements, limit: mostElements }));
  }

  private stop(diagnostic: Diagnostic): false {
    if (!this.isOver) this.report(diagnostic);
    this.isOver = true;
    return false;
  }
}
