// The choices that make a random model: numbers given in advance, so that a failing model shrinks with them.

/** Hands out numbers one by one; when they are spent, always the first choice. */
export class Choices {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** A number from 0 to `count - 1`. */
  below(count: number): number {
    const number = this.#numbers[this.#at] ?? 0;
    this.#at += 1;
    return count > 0 ? number % count : 0;
  }

  /** One of the items; undefined where there are none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  /** One of several words. */
  word(...items: readonly [string, ...string[]]): string {
    return this.pick(items) ?? items[0];
  }

  /** True once in so many times; false when the numbers are spent. */
  isOneIn(count: number): boolean {
    return this.below(count) === count - 1;
  }
}
