// Runs the benchmarks, one file a question, and says on what machine: `npm run bench [-- name]`.
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import type { Device } from "../runtime/device.js";
import { openNodeDevice } from "../runtime/node.js";
import type { Benchmark } from "./question.js";

const wanted = process.argv[2];
const names = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".bench.ts"))
  .filter((name) => wanted === undefined || name.startsWith(wanted));

let device: Device | undefined;
const open = async (): Promise<Device> => {
  if (device) return device;
  device = await openNodeDevice();
  process.stdout.write(`  on ${device.adapter.description}\n`);
  return device;
};

const [cpu] = cpus();
const machine = `${String(cpus().length)} x ${cpu?.model ?? "unknown CPU"}, Node ${process.version}`;
process.stdout.write(`${new Date().toISOString().slice(0, 10)}, ${machine}\n`);
for (const name of names) {
  const { benchmark } = (await import(`./${name}`)) as { readonly benchmark: Benchmark };
  process.stdout.write(`\n${benchmark.question}\n`);
  for (const { what, value, unit } of await benchmark.measure(open))
    process.stdout.write(`  ${what.padEnd(40)} ${value.toPrecision(3).padStart(10)} ${unit}\n`);
}
device?.close();
