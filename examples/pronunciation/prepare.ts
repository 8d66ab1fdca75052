// Writes the words to learn from as the safetensors file that `dl train` reads.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../cli/files.js";
import { serializeSafetensors } from "../../runtime/weights.js";
import { readWords, splitWords, tensorsOf } from "./words.js";

const folder = process.argv[2] ?? ".cache/pronunciation";
const { learnt, keptBack } = splitWords(readWords());
mkdirSync(folder, { recursive: true });
writeWhole(join(folder, "words.safetensors"), serializeSafetensors(tensorsOf(learnt)));
process.stdout.write(
  `${String(learnt.length)} words to learn from are in ${folder}; ${String(keptBack.length)} are kept back\n`,
);
