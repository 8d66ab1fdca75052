// Runs the benchmarks, one file a question, and says on what machine: `npm run bench [-- name]`.
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import { openNodeDevice } from "../runtime/node.js";
import type { Benchmark } from "./question.js";

const wanted = process.argv[2];
const names = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".bench.ts"))
  .filter((name) => wanted === undefined || name.startsWith(wanted));

const device = await openNodeDevice();
const [cpu] = cpus();
const machine = [
  `${String(cpus().length)} x ${cpu?.model ?? "unknown CPU"}`,
  device.adapter.description,
];
process.stdout.write(`${new Date().toISOString().slice(0, 10)}, ${machine.join(", ")}\n`);
for (const name of names) {
  const { benchmark } = (await import(`./${name}`)) as { readonly benchmark: Benchmark };
  process.stdout.write(`\n${benchmark.question}\n`);
  for (const { what, value, unit } of await benchmark.measure(device))
    process.stdout.write(`  ${what.padEnd(40)} ${value.toPrecision(3).padStart(10)} ${unit}\n`);
}
device.close();
