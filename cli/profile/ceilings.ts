// What an adapter can do at most: multiply-adds in registers, and bytes through memory, measured by programs of the language itself.
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile } from "../../compiler/compile.js";
import type { Device } from "../../runtime/device.js";
import { load } from "../../runtime/session.js";
import { openPackage, standardLibrary } from "../host.js";
import { InternalError } from "../../compiler/ir/internal-error.js";

/** Measured ceilings of an adapter. */
export interface Ceilings {
  /** Scalar operations a second, of multiplications and additions in registers. */
  readonly flops: number;
  /** Bytes a second, read and written, of one large map. */
  readonly bytes: number;
}

/** Independent chains keep a core busy while one of them waits; each has so few multiply-adds that no kernel cuts them. */
const [chains, links] = [10, 12];

/** Elements of the tensors: enough to leave every cache of a GPU, and not to keep a CPU busy for a second. */
const elements = { software: 2 ** 20, gpu: 2 ** 25 } as const;

const rounds = 5;

function source(): string {
  const numbers = Array.from({ length: chains }, (_, i) => i);
  const lines = numbers.flatMap((c) => [
    `  let c${String(c)}n0 = x + ${String(c)}.5`,
    ...Array.from({ length: links }, (_, i) => {
      const [name, before] = [i + 1, i].map((n) => `c${String(c)}n${String(n)}`);
      return `  let ${String(name)} = ${String(before)} * x + 0.25`;
    }),
  ]);
  const sum = numbers.map((c) => `c${String(c)}n${String(links)}`).join(" + ");
  return `model Ceiling(N) {
  fn compute(x: [N]) -> [N] {
${lines.join("\n")}
  ${sum}
  }
  fn move(x: [N]) -> [N] = x + 1
}
`;
}

/** Measures both ceilings; rejects with a `RuntimeFault` where the adapter has no timestamps. */
export async function measureCeilings(device: Device): Promise<Ceilings> {
  const kind = device.adapter.isSoftware ? "software" : "gpu";
  const count = elements[kind];
  const { host } = openPackage(standardLibrary());
  const compiled = compile({ path: "ceiling.dl", text: source() }, host, {
    model: "Ceiling",
    sets: { N: String(count) },
  });
  if (!compiled.ok) throw new InternalError("the program that measures ceilings does not compile");
  const artifact = buildArtifact(compiled.value, { target: device.target });
  const session = await load(artifact, { device });
  try {
    const x = session.put({
      dtype: "f32",
      shape: [count],
      data: new Float32Array(count).fill(0.5),
    });
    const best = async (entry: string, of: "flops" | "bytes"): Promise<number> => {
      let most = 0;
      for (let round = 0; round < rounds; round++) {
        for (const d of await session.profile(entry, { x }))
          most = Math.max(most, (d[of] ?? 0) / (d.nanoseconds / 1e9));
      }
      return most;
    };
    return { flops: await best("compute", "flops"), bytes: await best("move", "bytes") };
  } finally {
    session.dispose();
  }
}
