// Writes text with a trained model, one character at a time.
import type { Entry } from "../../compiler/ir/program.js";
import { symOf } from "../../compiler/types/dim.js";
import { choose } from "../../runtime/generate.js";
import { randomUnit } from "../../runtime/random.js";
import type { HostTensor } from "../../runtime/weights.js";
import type { Backend } from "../backend.js";
import type { Vocabulary } from "./batches.js";

/** How to write. */
export interface SampleOptions {
  readonly prompt: string;
  /** Characters to write after the prompt. */
  readonly count: number;
  /** 0 always takes the likeliest character. */
  readonly temperature: number;
  readonly seed: number;
  /** Most characters that the model sees at once. */
  readonly window: number;
}

/** Whether an entry maps token ids to logits, as writing needs it: one `i32[B, T]` with free dims. */
export function canSample(entry: Entry | undefined): entry is Entry {
  const inputs = entry?.signature.inputs.filter(({ role }) => role === "input") ?? [];
  const [ids] = inputs;
  return (
    inputs.length === 1 &&
    ids?.dtype === "i32" &&
    ids.shape.length === 2 &&
    ids.shape.every((d) => symOf(d) !== undefined)
  );
}

/** Writes text after the prompt; characters of the prompt that the vocabulary lacks are left out. */
export async function sampleText(
  backend: Backend,
  entry: Entry,
  vocabulary: Vocabulary,
  options: SampleOptions,
): Promise<string> {
  const places = new Map(vocabulary.map((character, id) => [character, id]));
  const known = Array.from(options.prompt).flatMap((character) => places.get(character) ?? []);
  const ids = known.length > 0 ? known : [places.get("\n") ?? 0];
  const name = entry.signature.inputs[0]?.name ?? "ids";
  for (let i = 0; i < options.count; i++) {
    const seen = ids.slice(-options.window);
    const input: HostTensor = {
      dtype: "i32",
      shape: [1, seen.length],
      data: Int32Array.from(seen),
    };
    const results = await backend.run(entry.name, new Map([[name, input]]), {
      seed: options.seed,
      step: 0,
    });
    const [logits] = results.values();
    if (!logits) break;
    const last = logits.data.subarray(logits.data.length - (logits.shape.at(-1) ?? 0));
    // A model may know more tokens than the text has characters.
    ids.push(
      choose(
        last.subarray(0, vocabulary.length),
        { temperature: options.temperature },
        randomUnit(options.seed, 1, i),
      ),
    );
  }
  return ids.map((id) => vocabulary[id] ?? "").join("");
}
