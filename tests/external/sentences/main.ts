// The trained sentence encoder against what TensorFlow.js computes: word pieces, and vectors on the reference and on a device.
import { expected, furthest } from "../../../examples/sentences/compare.js";
import { openEncoder } from "../../../examples/sentences/encoder.js";
import { prepareEncoder } from "../../../examples/sentences/weights.js";
import { finish, say } from "../summary.js";

/** How far a component may be from the published one. */
const tolerance = 1e-5;

prepareEncoder(say);
const adapter = process.env["ADJOINT_ADAPTER"];
const choices = [
  { backend: "reference" as const },
  ...(adapter === undefined ? [] : [{ backend: "webgpu" as const, adapter }]),
];
const reasons: string[] = [];
let passed = 0;

function judge(holds: boolean, reason: string): void {
  if (holds) passed += 1;
  else reasons.push(reason);
}

for (const choice of choices) {
  const encoder = await openEncoder(choice);
  for (const { text, ids } of expected) {
    const given = encoder.tokenizer.encode(text);
    judge(String(given) === String(ids), `other pieces of "${text}": ${String(given)}`);
  }
  const distance = await furthest(encoder);
  const told = `${distance.toExponential(1)} from the published vectors on ${encoder.backend.description}`;
  say(`at most ${told}`);
  judge(distance < tolerance, told);
  encoder.backend.dispose();
}

finish({ passed, failed: reasons.length, reasons });
