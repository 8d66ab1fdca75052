// How much work proofs may do. It is counted in steps and never by a clock, so that the same questions have the same answers
// on every machine.

/** Steps of one question: products of two terms, cells of a linear program, names that are replaced. */
const mostOfQuestion = 16_000;

/** Steps of a question that comes after all others have used up what they share. */
const leastOfQuestion = 1_600;

/** Steps that the questions of one declaration share. */
export const mostOfDeclaration = 64_000;

/** What is left to spend on a question, and on all that share it. Questions inside of a question are part of it. */
export class Effort {
  #shared: number;
  #left = 0;
  #isAsking = false;

  /** `shared` says how many steps all questions may take together before each gets only a few. */
  constructor(shared = Infinity) {
    this.#shared = shared;
  }

  /** Counts steps; false where none are left, so that whoever asks gives up. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }

  /** Whether the present question has no steps left. */
  get isSpent(): boolean {
    return this.#left < 0;
  }

  /** Answers one question within its bounds. */
  question<T>(answer: () => T): T {
    if (this.#isAsking) return answer();
    const given = this.#shared > 0 ? mostOfQuestion : leastOfQuestion;
    this.#left = given;
    this.#isAsking = true;
    try {
      return answer();
    } finally {
      this.#isAsking = false;
      this.#shared -= given - Math.max(0, this.#left);
    }
  }
}
