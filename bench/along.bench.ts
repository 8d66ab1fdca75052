// What running sums and sorting cost along an axis: sums in blocks beside the product with a triangle that they replaced.
import { openPackage } from "../cli/host.js";
import { buildArtifact } from "../compiler/artifact/index.js";
import { compile } from "../compiler/index.js";
import type { Device } from "../runtime/device.js";
import { load, type Session } from "../runtime/index.js";
import { type Benchmark, type Measured, median } from "./question.js";

const sizes = [64, 1024, 16384];
const rounds = 9;

const kinds = {
  blocks: (n: number) => `fn along(x: [4, ${String(n)}]) -> [4, ${String(n)}] = cumsum(x)`,
  triangle: (n: number) =>
    `fn along(x: [4, ${String(n)}]) -> [4, ${String(n)}] = x @ triu(ones([${String(n)}, ${String(n)}]))`,
  sort: (n: number) => `fn along(x: [4, ${String(n)}]) -> [4, ${String(n)}] {
  let (values, places) = sort(x)
  values
}`,
} as const;

async function sessionOf(device: Device, text: string): Promise<Session> {
  const compiled = compile({ path: "along.dl", text }, openPackage("bench").host, { fn: "along" });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  return load(buildArtifact(compiled.value, { target: device.target }), { device });
}

/** Milliseconds of one run over four rows of each size, its result read back. */
export const benchmark: Benchmark = {
  question: "What do running sums and sorting cost?",
  async measure(open: () => Promise<Device>): Promise<readonly Measured[]> {
    const device = await open();
    const measured: Measured[] = [];
    for (const n of sizes) {
      const x = {
        data: Float32Array.from({ length: 4 * n }, (_, i) => (i * 7919) % 1009),
        shape: [4, n],
      };
      for (const [kind, text] of Object.entries(kinds)) {
        const session = await sessionOf(device, text(n));
        const value = await median(rounds, () => session.run("along", { x }));
        measured.push({ what: `${kind}, 4 rows of ${String(n)}`, value, unit: "ms" });
        session.dispose();
      }
    }
    return measured;
  },
};
