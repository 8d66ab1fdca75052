// The tokenizer of the stories model: byte-pair merges by score, and the pieces back as text.
import { readFileSync } from "node:fs";

interface Tokenizer {
  readonly pieces: readonly string[];
  readonly scores: readonly number[];
}

/** Two neighbours that are one piece together. */
interface Pair {
  readonly at: number;
  readonly id: number;
  readonly score: number;
}

/** The 512 pieces of examples/stories with their scores. */
export const readTokenizer = (): Tokenizer =>
  JSON.parse(
    readFileSync(new URL("../stories/stories260K.tokenizer.json", import.meta.url), "utf8"),
  ) as Tokenizer;

/**
 * Token ids of a text: single characters, or the bytes of those that are no piece, of which the neighbours whose union has the best score
 * are joined until none is left (sentencepiece's BPE). Done word by word, so that a long text takes linear time.
 */
export function encode({ pieces, scores }: Tokenizer, text: string): readonly number[] {
  const places = new Map(pieces.map((piece, id) => [piece, id]));
  const known = new Map<string, readonly number[]>();
  return (text.match(/\s?\S+|\s/g) ?? []).flatMap((word) => {
    const ids = known.get(word) ?? joined(word);
    known.set(word, ids);
    return ids;
  });

  function joined(word: string): readonly number[] {
    const ids = [...word].flatMap((c) => places.get(c) ?? bytesOf(c));
    for (let pair = bestPair(ids); pair; pair = bestPair(ids)) ids.splice(pair.at, 2, pair.id);
    return ids;
  }

  /** The neighbours whose union is the piece with the best score. */
  function bestPair(ids: readonly number[]): Pair | undefined {
    const pairs = ids.slice(1).flatMap((next, at): readonly Pair[] => {
      const union = `${pieces[ids[at] ?? 0] ?? ""}${pieces[next] ?? ""}`;
      const id = places.get(union);
      return id === undefined ? [] : [{ at, id, score: scores[id] ?? -Infinity }];
    });
    return pairs.reduce<Pair | undefined>(
      (best, pair) => (best && best.score >= pair.score ? best : pair),
      undefined,
    );
  }

  function bytesOf(character: string): readonly number[] {
    // The pieces from number 3 on are the 256 bytes.
    return [...new TextEncoder().encode(character)].map((byte) => byte + 3);
  }
}
