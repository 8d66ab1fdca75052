// One opening of an artifact in a process of its own, with what a user imports alone: prints how long each part took, in milliseconds, as JSON.
import { readFile } from "node:fs/promises";
import { openNodeDevice } from "../runtime/node.js";
import { load } from "../runtime/node-index.js";

const parts: Record<string, number> = {};
let last = 0;
/** Notes how long the part that ends here took; the first begins with the process. */
const lap = (name: string): void => {
  const now = performance.now();
  parts[name] = (parts[name] ?? 0) + now - last;
  last = now;
};

const [path = "", entry = "", adapter, rows = "1", columns = "64"] = process.argv.slice(2);
lap("import");
const device = await openNodeDevice({ adapter });
lap("device");
const bytes = await readFile(path);
lap("read");
// The first news of the weights comes when all else has been read and checked.
let hasWeights = false;
const session = await load(bytes, {
  device,
  onProgress() {
    if (!hasWeights) lap("check");
    hasWeights = true;
  },
});
lap("upload");
await session.warmUp([entry]);
lap("pipelines");
const shape = [Number(rows), Number(columns)];
const ids = { data: new Int32Array(Number(rows) * Number(columns)).fill(1), shape };
await session.run(entry, { ids });
lap("first result");
await session.run(entry, { ids });
lap("second result");
const cpu = process.cpuUsage();
parts["processor"] = (cpu.user + cpu.system) / 1000;
process.stdout.write(`${JSON.stringify(parts)}\n`, () => process.exit(0));
