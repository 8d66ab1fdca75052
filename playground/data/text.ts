// A text as ids of its characters, read piece by piece so that the page answers meanwhile.

/** A text as ids of its characters, which are in the order of their code points. */
export interface Encoded {
  readonly characters: readonly string[];
  readonly text: Int32Array;
}

/** Characters that are read before the page may do something else: some milliseconds. */
const readAtOnce = 2 ** 16;

/** Lets the page do something else before the work goes on. */
export const pageTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Reads a text character by character; those of several UTF-16 units count as one. */
export async function encode(all: string): Promise<Encoded> {
  const met = new Map<string, number>();
  const text = new Int32Array(all.length);
  let count = 0;
  for (const character of all) {
    const id = met.get(character) ?? met.size;
    met.set(character, id);
    text[count++] = id;
    if (count % readAtOnce === 0) await pageTurn();
  }
  const characters = [...met.keys()].sort(
    (a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0),
  );
  const places = new Int32Array(met.size);
  for (const [place, character] of characters.entries()) places[met.get(character) ?? 0] = place;
  return { characters, text: text.subarray(0, count).map((id) => places[id] ?? 0) };
}
