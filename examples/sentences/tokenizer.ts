// Cuts text into the word pieces of a unigram model (Kudo 2018): the segmentation whose pieces are most likely together.

/** A piece with the logarithm of its probability; its place in the vocabulary is its id. */
export type Piece = readonly [text: string, score: number];

/** Stands for a space, and before the first word. */
const space = "\u2581";

/** The id of what no piece covers. */
const unknown = 0;

/** Pieces at the start of the vocabulary that never stand in text. */
const reserved = 6;

/** Cuts texts by one vocabulary. */
export class Tokenizer {
  readonly #ids = new Map<string, number>();
  readonly #vocabulary: readonly Piece[];
  readonly #longest: number;

  constructor(vocabulary: readonly Piece[]) {
    this.#vocabulary = vocabulary;
    vocabulary.forEach(([text], id) => {
      if (id >= reserved) this.#ids.set(text, id);
    });
    this.#longest = Math.max(1, ...[...this.#ids.keys()].map((text) => [...text].length));
  }

  /** The ids of the pieces of a text, unknown characters in a row as one. */
  encode(text: string): number[] {
    const plain = text.normalize("NFKC");
    if (plain === "") return [];
    const ids = this.#mostLikely([...(space + plain.replaceAll(" ", space))]);
    return ids.filter((id, i) => id !== unknown || ids[i - 1] !== unknown);
  }

  /** The best way to every place of the text, found from left to right, then read backwards (Viterbi 1967). */
  #mostLikely(symbols: readonly string[]): number[] {
    const ways: (Way | undefined)[] = symbols.map(() => undefined);
    for (const from of symbols.keys()) {
      const before = from === 0 ? 0 : (ways[from - 1]?.score ?? 0);
      for (const { length, id } of this.#piecesAt(symbols, from)) {
        const score = before + (this.#vocabulary[id]?.[1] ?? 0);
        const known = ways[from + length - 1];
        // As in the encoder that this vocabulary was made for, a score of 0 counts as none.
        if (!known || known.score === 0 || score >= known.score)
          ways[from + length - 1] = { score, length, id };
      }
    }
    return readBack(ways);
  }

  /** The pieces that begin at a place; the unknown one where there is none, which costs nothing. */
  #piecesAt(symbols: readonly string[], from: number): readonly Omit<Way, "score">[] {
    const found: Omit<Way, "score">[] = [];
    let text = "";
    for (let length = 1; length <= this.#longest && from + length <= symbols.length; length++) {
      text += symbols[from + length - 1] ?? "";
      const id = this.#ids.get(text);
      if (id !== undefined) found.push({ length, id });
    }
    return found.length > 0 ? found : [{ length: 1, id: unknown }];
  }
}

/** A way to a place of the text: its last piece, and the score of all. */
interface Way {
  readonly score: number;
  readonly length: number;
  readonly id: number;
}

/** The pieces of the best way to the end; a place that no way reaches is an unknown piece. */
function readBack(ways: readonly (Way | undefined)[]): number[] {
  const ids: number[] = [];
  for (let end = ways.length; end > 0;) {
    const { length, id } = ways[end - 1] ?? { length: 1, id: unknown };
    ids.unshift(id);
    end -= length;
  }
  return ids;
}
