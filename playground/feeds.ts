// Where the numbers of a training run come from: drawn at random for any signature, or windows of a text for language models.
import type { EntryPlan, InputPlan } from "../runtime/format.js";
import { evaluate } from "../runtime/formula.js";
import type { InputValue } from "../runtime/inputs.js";
import type { Inputs } from "../runtime/model.js";
import { randomUnit } from "../runtime/random.js";
import textUrl from "../examples/shakespeare/input.txt?url";
import type { Sizes } from "./protocol.js";

/** Batches for a run. */
export interface Feed {
  /** Inputs of a step, which starts at 1. */
  readonly batch: (step: number) => Inputs;
  /** The characters that token ids stand for, where they do. */
  readonly characters?: readonly string[];
}

/** The sizes of an entry's free dims in their order; those not given are 16. */
export const symbolsOf = ({ program }: EntryPlan, sizes: Sizes): readonly number[] =>
  program.symbols.map(({ name }) => sizes[name] ?? 16);

/** One batch drawn for the signature, again at every step: what a model can do with it is remember it. */
export function drawnFeed(entry: EntryPlan, sizes: Sizes, seed: number): Feed {
  const symbols = symbolsOf(entry, sizes);
  const inputs = Object.fromEntries(
    ownInputs(entry).map((input, stream) => [input.name, draw(input, symbols, seed, stream)]),
  );
  return { batch: () => inputs };
}

/** Normal numbers, and integers below their bound, or of two kinds where there is none. */
function draw(
  { dtype, shape, below }: InputPlan,
  symbols: readonly number[],
  seed: number,
  stream: number,
): InputValue {
  const extents = shape.map((formula) => evaluate(formula, symbols));
  const count = extents.reduce((a, b) => a * b, 1);
  if (dtype === "f32" || dtype === "f16") {
    return {
      data: Float32Array.from({ length: count }, (_, i) => normal(seed, stream, i)),
      shape: extents,
    };
  }
  const bound = below === undefined ? 2 : Math.max(1, evaluate(below, symbols));
  const data = Int32Array.from({ length: count }, (_, i) =>
    Math.floor(randomUnit(seed, stream, i) * bound),
  );
  return { data, shape: extents };
}

/** Box and Muller's transform of two uniform numbers. */
function normal(seed: number, stream: number, i: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - randomUnit(seed, stream, 2 * i)));
  return radius * Math.cos(2 * Math.PI * randomUnit(seed, stream, 2 * i + 1));
}

/** Whether text can fill an entry: token ids, and the ids one place later, of the same two axes. */
export function takesText(entry: EntryPlan): boolean {
  const own = ownInputs(entry);
  return own.length === 2 && own.every(({ dtype, shape }) => dtype === "i32" && shape.length === 2);
}

/** A text as ids of its characters, which are in the order of their code points. */
interface Encoded {
  readonly characters: readonly string[];
  readonly text: Int32Array;
}

/** Characters that are read before the page may do something else: some milliseconds. */
const readAtOnce = 2 ** 16;

let encoded: Promise<Encoded> | undefined;

async function encode(): Promise<Encoded> {
  const response = await fetch(textUrl);
  if (!response.ok) throw new Error(`the text was not served: status ${String(response.status)}`);
  const all = await response.text();
  const met = new Map<string, number>();
  const text = new Int32Array(all.length);
  let count = 0;
  for (const character of all) {
    const id = met.get(character) ?? met.size;
    met.set(character, id);
    text[count++] = id;
    if (count % readAtOnce === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  const characters = [...met.keys()].sort(
    (a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0),
  );
  const places = new Int32Array(met.size);
  for (const [place, character] of characters.entries()) places[met.get(character) ?? 0] = place;
  return { characters, text: text.subarray(0, count).map((id) => places[id] ?? 0) };
}

/** Windows of the works of Shakespeare, character by character. Rejects where they are more than the model's vocabulary. */
export async function textFeed(entry: EntryPlan, sizes: Sizes, seed: number): Promise<Feed> {
  encoded ??= encode().catch((thrown: unknown) => {
    encoded = undefined;
    throw thrown;
  });
  const { characters, text } = await encoded;
  const [ids, targets] = ownInputs(entry);
  if (!ids || !targets) throw new Error("text fills two inputs");
  const symbols = symbolsOf(entry, sizes);
  const [rows = 0, length = 0] = ids.shape.map((formula) => evaluate(formula, symbols));
  const below = ids.below === undefined ? Infinity : evaluate(ids.below, symbols);
  if (characters.length > below) {
    throw new Error(
      `the text has ${String(characters.length)} different characters, but \`${ids.name}\` must lie below ${String(below)}: give the model a vocabulary of ${String(characters.length)}`,
    );
  }
  const window = (step: number, shift: number): InputValue => {
    const data = new Int32Array(rows * length);
    for (let row = 0; row < rows; row++) {
      const unit = randomUnit(seed, step, row);
      const start = Math.floor(unit * (text.length - length)) + shift;
      data.set(text.subarray(start, start + length), row * length);
    }
    return { data, shape: [rows, length] };
  };
  return {
    batch: (step) => ({ [ids.name]: window(step, 0), [targets.name]: window(step, 1) }),
    characters,
  };
}

const ownInputs = ({ inputs }: EntryPlan): readonly InputPlan[] =>
  inputs.filter(({ role }) => role === "input");
