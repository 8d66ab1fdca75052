// Measures one row of work in this process and prints it as one line of JSON: `row.ts ROW DRIVER`.
import { loadavg } from "node:os";
import { openNodeDevice } from "../runtime/node.js";
import { time } from "./timing.js";
import { rows } from "./work.js";

const [name, driver] = process.argv.slice(2);
const row = rows.find((candidate) => candidate.name === name);
if (!row)
  throw new Error(`no row ${String(name)}; there are ${rows.map((r) => r.name).join(", ")}`);

/** Four digits are more than a measurement holds. */
const digits = (value: unknown): unknown =>
  typeof value === "number" ? Number(value.toPrecision(4)) : value;

const device = await openNodeDevice({ adapter: driver });
const { step, facts } = await row.start(device);
const before = device.counts;
const timed = await time(step);
const after = device.counts;
const calls = timed.k * timed.rounds + 2;
const measured = Object.fromEntries(Object.entries(timed).map(([key, v]) => [key, digits(v)]));
const report = {
  peer: "Adjoint",
  driver,
  adapter: device.adapter.description,
  row: row.name,
  ...measured,
  dispatches: Math.round((after.dispatches - before.dispatches) / calls),
  submits: digits((after.submits - before.submits) / calls),
  ...facts,
  load: digits(loadavg()[0]),
};
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
