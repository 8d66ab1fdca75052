// Runs spec files of tfjs-core under Jasmine on the recording backend, and writes what each spec did as JSON.
import { createRequire, register as registerHooks } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openNodeDevice } from "../../../runtime/node.js";
import { registerAdjoint, useDevice } from "./backend.js";
import { replaceDerivatives } from "./derivatives.js";
import { kernels } from "./kernels/index.js";
import { register } from "./kernels/kernel.js";
import { note, startNote } from "./notes.js";
import type { Outcome } from "./judge.js";
import type { Tf } from "./tf.js";

interface SpecResult {
  readonly fullName: string;
  readonly status: string;
  readonly failedExpectations: readonly { readonly message: string; readonly stack?: string }[];
}

interface Jasmine {
  core(j: unknown): Jasmine;
  interface(j: Jasmine, env: JasmineEnv): Record<string, unknown>;
  getEnv(): JasmineEnv;
  DEFAULT_TIMEOUT_INTERVAL: number;
}

interface JasmineEnv {
  addReporter(reporter: object): void;
  configure(options: object): void;
  execute(): Promise<unknown>;
  describe(name: string, f: () => void): unknown;
}

const [modules = "", output = "", adapter = "", ...files] = process.argv.slice(2);
const dist = join(modules, "@tensorflow", "tfjs-core", "dist");
const address = (path: string): string => pathToFileURL(join(dist, path)).href;

registerHooks(new URL("hooks.mjs", import.meta.url));
const require = createRequire(join(modules, "package.json"));
Object.assign(globalThis, { require });

const required = require("jasmine-core/lib/jasmine-core/jasmine.js") as Jasmine;
const jasmine = required.core(required);
const environment = jasmine.getEnv();
environment.configure({ random: false, stopSpecOnExpectationFailure: true });
Object.assign(globalThis, { jasmine }, required.interface(jasmine, environment));
Object.assign(globalThis, { jasmine });
// A busy machine is no failure.
jasmine.DEFAULT_TIMEOUT_INTERVAL = 300_000;

const tf = (await import(address("index.js"))) as Tf;
await import(address("public/chained_ops/register_all_chained_ops.js"));
const util = (await import(address("jasmine_util.js"))) as { setTestEnvs(envs: object[]): void };
Error.stackTraceLimit = 12;
registerAdjoint(tf);
register(tf, kernels);
replaceDerivatives(tf.engine());
util.setTestEnvs([{ name: "adjoint", backendName: "adjoint", isDataSync: true, flags: {} }]);
const device = adapter === "" ? undefined : await openNodeDevice({ adapter });
if (device) useDevice(device);

const outcomes: Outcome[] = [];
environment.addReporter({
  specStarted: startNote,
  specDone: ({ fullName, status, failedExpectations }: SpecResult) => {
    const messages = failedExpectations.map((e) => e.message);
    const [file = "", name = ""] = fullName.replace(" adjoint {}", "").split(separator);
    outcomes.push({ file, name, status, messages, ...note });
  },
});
// Suites at the top of a file get its name before theirs.
const separator = " | ";
for (const file of files) {
  let depth = 0;
  const describe = (name: string, f: () => void): unknown => {
    depth += 1;
    const suite = environment.describe(depth === 1 ? `${file}${separator}${name}` : name, f);
    depth -= 1;
    return suite;
  };
  Object.assign(globalThis, { describe });
  await import(address(file));
}
await environment.execute();
device?.close();
writeFileSync(output, JSON.stringify(outcomes));
