// The worker's side of a model in a worker: the script that `loadInWorker` starts.
import { load } from "./browser.js";
import { RuntimeFault } from "./errors.js";
import type { Answer, Call, FaultData, Loaded } from "./messages.js";
import type { Session } from "./session.js";

/** The part of a worker's global scope that is used. */
interface Scope {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
}

const scope = globalThis as unknown as Scope;
let session: Session | undefined;
let last: Promise<void> = Promise.resolve();

scope.onmessage = ({ data }) => {
  const call = data as Call;
  last = last.then(() => answer(call));
};

const say = (message: Answer): void => {
  scope.postMessage(message);
};

async function answer(call: Call): Promise<void> {
  try {
    say({ kind: "done", value: call.kind === "load" ? await open(call) : await ask(call) });
  } catch (thrown) {
    say({ kind: "failed", fault: faultOf(thrown) });
  }
}

async function open({ what, weights, seed, warmUp }: Call & { kind: "load" }): Promise<Loaded> {
  session = await load(what, {
    ...(weights === undefined ? {} : { weights }),
    ...(seed === undefined ? {} : { seed }),
    ...(warmUp === undefined ? {} : { warmUp }),
    onProgress(received, total) {
      say({ kind: "progress", received, total });
    },
  });
  const { artifact, device } = session;
  const kernels = artifact.kernels.map((kernel) => ({ ...kernel, wgsl: "" }));
  return { artifact: { ...artifact, kernels }, adapter: device.adapter.description };
}

function ask(call: Exclude<Call, { kind: "load" }>): Promise<unknown> {
  if (!session) throw new RuntimeFault("nothing was loaded", { code: "internal", exit: 70 });
  switch (call.kind) {
    case "run":
      return session.run(call.name, call.inputs);
    case "lastRow":
      return session.lastRow(call.name, call.inputs);
    case "trainStep":
      return session.trainStep(call.name, call.inputs, call.scalars);
    case "init":
      return session.init(call.seed, call.given);
    case "readVariables":
      return session.readVariables();
  }
}

function faultOf(thrown: unknown): FaultData {
  if (thrown instanceof RuntimeFault) {
    const { message, code, exit, remedy } = thrown;
    return { message, code, exit, remedy };
  }
  return { message: String(thrown), code: "internal", exit: 70, remedy: undefined };
}
