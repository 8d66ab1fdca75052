// Finds the sentences of a small corpus that are nearest in meaning to a question.
import { parseArgs } from "node:util";
import { InstallError } from "../../cli/setup/apt.js";
import { expected, furthest } from "./compare.js";
import { corpus } from "./corpus.js";
import { openEncoder } from "./encoder.js";
import { prepareEncoder } from "./weights.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: "string", default: "webgpu" },
    adapter: { type: "string" },
    top: { type: "string", default: "3" },
  },
});

const questions =
  positionals.length > 0
    ? positionals
    : [
        "How can I get to the airport?",
        "My computer makes strange noises.",
        "What should I cook tonight?",
      ];

try {
  prepareEncoder((line) => process.stderr.write(`${line}\n`));
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  process.stderr.write(`the trained encoder is missing: ${error.message}\n`);
  process.exit(1);
}
const encoder = await openEncoder({
  backend: values.backend === "reference" ? "reference" : "webgpu",
  adapter: values.adapter,
});
const known = await encoder.embed(corpus);
const started = performance.now();
const asked = await encoder.embed(questions);
const { data } = await encoder.likeness(asked, known);
const milliseconds = performance.now() - started;

questions.forEach((question, i) => {
  const scores = corpus.map((text, j) => ({ text, score: Number(data[i * corpus.length + j]) }));
  scores.sort((a, b) => b.score - a.score);
  const lines = scores
    .slice(0, Number(values.top))
    .map(({ text, score }) => `  ${score.toFixed(3)}  ${text}`);
  process.stdout.write(`${question}\n${lines.join("\n")}\n\n`);
});
const distance = await furthest(encoder);
const verdict = `${distance.toExponential(1)} from the published vectors of ${String(expected.length)} sentences`;
process.stdout.write(
  `${String(questions.length)} questions in ${milliseconds.toFixed(0)} ms on ${encoder.backend.description}; at most ${verdict}\n`,
);
encoder.backend.dispose();
process.exitCode = distance < 1e-5 ? 0 : 1;
