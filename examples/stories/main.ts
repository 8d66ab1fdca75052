// Writes with a trained LLaMA and compares every token with an independent implementation.
import { parseArgs } from "node:util";
import { openStories, readExpected, readPieces, textOfPiece, writeGreedily } from "./write.js";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    backend: { type: "string", default: "webgpu" },
    adapter: { type: "string" },
    cache: { type: "boolean", default: true },
    tokens: { type: "string", default: "256" },
  },
});

const backend = await openStories({
  backend: values.backend === "reference" ? "reference" : "webgpu",
  adapter: values.adapter,
});
const expected = readExpected();
const pieces = readPieces();
const ids: number[] = [];
const started = performance.now();
for await (const id of writeGreedily(
  backend,
  expected.prompt,
  Number(values.tokens),
  values.cache,
)) {
  ids.push(id);
  process.stdout.write(textOfPiece(pieces[id] ?? ""));
}
const seconds = (performance.now() - started) / 1000;
backend.dispose();

const wrong = ids.findIndex((id, i) => id !== expected.ids[i]);
const verdict =
  wrong < 0
    ? "all equal to the independent implementation"
    : `token ${String(wrong)} is ${String(ids[wrong])} instead of ${String(expected.ids[wrong])}`;
process.stdout.write(
  `\n\n${String(ids.length)} tokens in ${seconds.toFixed(1)} s on ${backend.description}, ${verdict}\n`,
);
process.exitCode = wrong < 0 ? 0 : 1;
