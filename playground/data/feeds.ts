// Where the numbers of a training run come from: drawn at random for any signature, windows of a text, or samples of a file.
import type { EntryPlan, InputPlan } from "../../runtime/format.js";
import { evaluate } from "../../runtime/formula.js";
import type { InputValue } from "../../runtime/inputs.js";
import { randomUnit } from "../../runtime/random.js";
import textUrl from "../../examples/shakespeare/input.txt?url";
import type { Sizes } from "../protocol.js";
import type { Data } from "./files.js";
import { samplesFeed, type Feed } from "./samples.js";
import { dataFault } from "./table.js";
import { encode, type Encoded } from "./text.js";

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

let encoded: Promise<Encoded> | undefined;

async function works(): Promise<Encoded> {
  const response = await fetch(textUrl);
  if (!response.ok) throw dataFault(`the text was not served: status ${String(response.status)}`);
  return encode(await response.text());
}

/** Windows of the works of Shakespeare, character by character. */
export async function worksFeed(entry: EntryPlan, sizes: Sizes, seed: number): Promise<Feed> {
  encoded ??= works().catch((thrown: unknown) => {
    encoded = undefined;
    throw thrown;
  });
  return textFeed(await encoded, "the works of Shakespeare", entry, sizes, seed);
}

/** Batches of a file of the user's; throws a fault that says why it is no data for this entry. */
export const fileFeed = (data: Data, entry: EntryPlan, sizes: Sizes, seed: number): Feed =>
  data.kind === "text"
    ? textFeed(data.encoded, `\`${data.name}\``, entry, sizes, seed)
    : samplesFeed(data, ownInputs(entry), symbolsOf(entry, sizes), seed);

/** Windows of a text. Throws where it has more characters than the model's vocabulary, or fewer than one window. */
function textFeed(
  { characters, text }: Encoded,
  name: string,
  entry: EntryPlan,
  sizes: Sizes,
  seed: number,
): Feed {
  const [ids, targets] = ownInputs(entry);
  if (!takesText(entry) || !ids || !targets) {
    const taken = ownInputs(entry).map((input) => `${input.name}: ${input.text}`);
    throw dataFault(
      `a text fills two inputs such as \`ids: i32[B, T]\` and \`targets: i32[B, T]\`, but \`${entry.name}\` takes (${taken.join(", ")})`,
      "open a .csv or a .safetensors file",
    );
  }
  const symbols = symbolsOf(entry, sizes);
  const [rows = 0, length = 0] = ids.shape.map((formula) => evaluate(formula, symbols));
  const below = ids.below === undefined ? Infinity : evaluate(ids.below, symbols);
  if (characters.length > below) {
    const count = String(characters.length);
    throw dataFault(
      `${name} has ${count} different characters, but \`${ids.name}\` must lie below ${String(below)}`,
      `give the model a vocabulary of ${count}`,
    );
  }
  if (text.length <= length) {
    throw dataFault(
      `${name} has ${String(text.length)} characters, too few for windows of ${String(length)}`,
      "choose a shorter length",
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
