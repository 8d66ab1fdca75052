// Speaks the words kept back and compares them with the dictionary, says a few, and draws what it attends to.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeWhole } from "../../cli/files.js";
import { numbersOf, parseSafetensors, type HostTensor } from "../../runtime/weights.js";
import { drawMaps, type AttentionMap } from "./maps.js";
import { attend, openSpeaker, score, speak } from "./speaker.js";
import { readWords, splitWords } from "./words.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: "string", default: "webgpu" },
    adapter: { type: "string" },
    words: { type: "string", default: "language,children,machine,weather,thought,psychology" },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("which run? give the folder that `dl train` wrote");

const backend = await openSpeaker(readWeights(join(folder, "weights.safetensors")), {
  backend: values.backend === "reference" ? "reference" : "webgpu",
  adapter: values.adapter,
});
const { keptBack } = splitWords(readWords());
const said = await speak(
  backend,
  keptBack.map(({ word }) => word),
);
const { words, right, soundErrorRate } = score(said, keptBack);
const share = ((100 * right) / words).toFixed(1);
const rate = (100 * soundErrorRate).toFixed(1);
process.stdout.write(
  `${String(right)} of ${String(words)} words kept back are right in every sound (${share} %); ${rate} % of sounds are wrong\n`,
);

const maps: AttentionMap[] = [];
for (const spoken of await speak(backend, values.words.split(","))) {
  process.stdout.write(`${spoken.word.padEnd(12)} ${spoken.sounds.join(" ")}\n`);
  maps.push({ ...spoken, weights: await attend(backend, spoken) });
}
backend.dispose();
const { svg, png } = await drawMaps(maps, 3);
writeWhole(join(folder, "attention.svg"), svg);
writeWhole(join(folder, "attention.png"), png);
process.stdout.write(`drew ${join(folder, "attention.png")}\n`);

function readWeights(path: string): ReadonlyMap<string, HostTensor> {
  const { tensors } = parseSafetensors(readFileSync(path), path);
  return new Map(
    [...tensors].map(([name, stored]) => {
      const data = Float32Array.from(numbersOf(stored, path));
      return [name, { dtype: "f32", shape: stored.shape, data }];
    }),
  );
}
