// Signals and counts of words: windows, Fourier transforms, spectrograms, bands, n-grams.
import {
  letters,
  list,
  Miss,
  num,
  range,
  type Call,
  type Family,
  type Translate,
} from "../writer.js";

const std = (call: Call, name: string): string => call.use("std/signal", name);

/** A window of a known length. */
const window =
  (name: string, more = ""): Translate =>
  (call) => {
    const [size = 1] = call.numbers(0);
    const periodic = call.int("periodic", 1) === 1 ? "" : ", periodic = false";
    return `${std(call, name)}(${String(size)}${periodic}${more})`;
  };

/** The Fourier transform along an axis, which is brought next to the pairs and back. */
function dft(call: Call): string {
  if (call.has(1)) throw new Miss("a transform of another length than the signal's");
  const rank = call.rank();
  const axis = call.axis("axis", 1);
  const size = call.shape()[axis] ?? 1;
  const [isInverse, isOneSided] = [call.int("inverse", 0) === 1, call.int("onesided", 0) === 1];
  const isReal = call.shape().at(-1) === 1;
  const names = letters(rank);
  const [own = "a", pair = "b"] = [names[axis], names[rank - 1]];
  const others = names.filter((name) => name !== own && name !== pair).join(" ");
  const turned = `${others} ${own} ${pair}`;
  const x = call.let(`rearrange(${call.x()}, [${names.join(" ")} -> ${turned}])`);
  const half = isOneSided ? Math.floor(size / 2) + 1 : size;
  const lead = range(rank - 1, 0).map(() => ":");
  const spectrum =
    isReal && !isInverse
      ? call.let(`${std(call, "real_dft")}(${x}[${[...lead, "0"].join(", ")}], ${String(half)})`)
      : call.let(
          `${std(call, isInverse ? "inverse_dft" : "dft")}(${isReal ? `pad(${x}, axis = -1, after = 1)` : x})`,
        );
  return `rearrange(${spectrum}, [${turned} -> ${names.join(" ")}])`;
}

function stft(call: Call): string {
  const [hop = 1] = call.numbers(1);
  if (call.shape().at(-1) !== 1 && call.rank() > 2)
    throw new Miss("the spectrogram of a complex signal");
  if (call.int("onesided", 1) === 0) throw new Miss("a spectrogram with frequencies that repeat");
  const [batch = 1, time = 1] = call.shape();
  const [size = 1] = call.has(3) ? call.numbers(3) : call.shape(2);
  const weights = call.has(2) ? call.x(2) : `ones([${String(size)}])`;
  return `${std(call, "stft")}(reshape(${call.x()}, ${list([batch, time])}), ${weights}, ${String(hop)})`;
}

/** Triangles that overlap, evenly spaced on the mel scale, their corners brought down to whole frequencies. */
function melBands(call: Call): string {
  const [bands = 1, size = 1, rate = 1, low = 0, high = 0] = range(5).map(
    (i) => call.numbers(i)[0],
  );
  const melOf = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const step = (melOf(high) - melOf(low)) / (bands + 2);
  const mels = `${num(melOf(low))} + ${num(step)} * cast(iota(${String(bands + 2)}), f32)`;
  const hertz = `700 * (exp((${mels}) * ${num(Math.LN10 / 2595)}) - 1)`;
  const corner = call.let(`floor(${num((size + 1) / rate)} * ${hertz})`);
  const [first = "", middle = "", last = ""] = range(3).map((i) =>
    call.let(`reshape(${corner}[${String(i)}:${String(bands + i)}], [1, ${String(bands)}])`),
  );
  const count = Math.floor(size / 2) + 1;
  const at = call.let(`reshape(cast(iota(${String(count)}), f32), [${String(count)}, 1])`);
  const rising = `(${at} - ${first}) / max(${middle} - ${first}, 1)`;
  const falling = `(${last} - ${at}) / max(${last} - ${middle}, 1)`;
  return `select(${at} == ${middle}, 1, max(min(${rising}, ${falling}), 0))`;
}

/** How often each n-gram of a list occurs: for each length and each distance between its words, windows are compared with the list. */
function ngramCounts(call: Call): string {
  if (call.word("mode", "TF") !== "TF") throw new Miss("weighted counts of n-grams");
  const pool = call.ints("pool_int64s") ?? [];
  const starts = call.ints("ngram_counts") ?? [];
  const places = call.ints("ngram_indexes") ?? [];
  const [shortest, longest] = [call.int("min_gram_length", 1), call.int("max_gram_length", 1)];
  const width = Math.max(...places) + 1;
  const counts: string[] = [];
  let first = 0;
  for (const n of range(starts.length, 1)) {
    const [start = 0, end = pool.length] = [starts[n - 1], starts[n]];
    const grams = range((end - start) / n).map((i) =>
      pool.slice(start + i * n, start + (i + 1) * n),
    );
    const own = places.slice(first, first + grams.length);
    first += grams.length;
    if (n < shortest || n > longest) continue;
    counts.push(...countsOf(call, grams, own, width));
  }
  return counts.length === 0 ? `zeros(${list(call.out().shape)})` : counts.join(" + ");
}

/** Counts of n-grams of one length, each in its place among `width`. */
function countsOf(
  call: Call,
  grams: readonly (readonly number[])[],
  places: readonly number[],
  width: number,
): readonly string[] {
  const n = grams[0]?.length ?? 0;
  const size = call.shape().at(-1) ?? 1;
  const lead = call.shape().slice(0, -1);
  const distances = n === 1 ? [0] : range(call.int("max_skip_count", 0) + 1);
  // A word that the list lacks, for the places that no n-gram has.
  const none = Math.min(0, ...grams.flat()) - 1;
  const rows = range(width).map(
    (place) => grams[places.indexOf(place)] ?? range(n).map(() => none),
  );
  const table = call.let(
    `reshape(concat(${rows
      .flat()
      .map((word) => `full(i32[1], ${num(word)})`)
      .join(", ")}), ${list([...lead.map(() => 1), 1, width, n])})`,
  );
  return distances.flatMap((distance) => {
    const count = size - (n - 1) * (distance + 1);
    if (count < 1) return [];
    const windows = `unfold(${call.x()}, axis = -1, size = ${String(n)}, dilation = ${String(distance + 1)})`;
    const wide = call.let(`reshape(${windows}, ${list([...lead, count, 1, n])})`);
    return [`sum(prod(cast(${wide} == ${table}, f32), axis = -1), axis = -2)`];
  });
}

/** Signals and counts of words. */
export const signals: Family = {
  HannWindow: window("hann_window"),
  HammingWindow: window("hamming_window", `, alpha = ${num(25 / 46)}`),
  BlackmanWindow: window("blackman_window"),
  DFT: dft,
  STFT: stft,
  MelWeightMatrix: melBands,
  TfIdfVectorizer: ngramCounts,
};
