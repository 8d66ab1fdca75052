// The command line of `dl`: registers the commands and turns what ends them into an exit status.
import { Command } from "commander";
import { registerBank } from "./commands/bank.js";
import { registerBuild } from "./commands/build.js";
import { registerCheck } from "./commands/check.js";
import { registerDoctor } from "./commands/doctor.js";
import { registerExplain } from "./commands/explain.js";
import { registerFmt } from "./commands/fmt.js";
import { registerGraph } from "./commands/graph.js";
import { registerInfo } from "./commands/info.js";
import { registerDiff, registerInspect } from "./commands/inspect.js";
import { registerLsp } from "./commands/lsp.js";
import { registerMerge } from "./commands/merge.js";
import { registerPeft } from "./commands/peft.js";
import { registerPlayground } from "./commands/playground.js";
import { registerProfile } from "./commands/profile.js";
import { registerGrad, registerRun } from "./commands/run.js";
import { registerSpectrum } from "./commands/spectrum.js";
import { registerTest } from "./commands/test.js";
import { registerTrain } from "./commands/train.js";
import { registerTune } from "./commands/tune.js";
import { reportEnd } from "./faults.js";
import type { Io } from "./io.js";
import { packageVersion } from "./version.js";

/** Runs one command line (without the program's own name) and resolves to its exit status; never rejects. */
export async function runCommandLine(args: readonly string[], io: Io): Promise<number> {
  const program = createProgram(io);
  try {
    await program.parseAsync([...args], { from: "user" });
    return 0;
  } catch (thrown) {
    return reportEnd(thrown, io, args.includes("--debug"));
  }
}

function createProgram(io: Io): Command {
  const program = new Command("dl")
    .description("Adjoint: a small declarative language for neural networks, compiled to WebGPU")
    .version(packageVersion())
    .option("--debug", "show stack traces")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        io.out(text);
      },
      writeErr: (text) => {
        io.err(text);
      },
    })
    .showHelpAfterError("(`dl --help` lists the commands, `dl COMMAND --help` the options of one)")
    .addHelpText("after", examples);
  registerCheck(program, io);
  registerExplain(program, io);
  registerFmt(program, io);
  registerRun(program, io);
  registerGrad(program, io);
  registerTrain(program, io);
  registerTest(program, io);
  registerBuild(program, io);
  registerGraph(program, io);
  registerInspect(program, io);
  registerDiff(program, io);
  registerProfile(program, io);
  registerTune(program, io);
  registerInfo(program, io);
  registerMerge(program, io);
  registerBank(program, io);
  registerPeft(program, io);
  registerSpectrum(program, io);
  registerDoctor(program);
  registerLsp(program);
  registerPlayground(program, io);
  return program;
}

const examples = `
Examples:
  $ dl check examples
  $ dl run model.dl --model Gpt --weights weights.safetensors --inputs in.safetensors --out out.safetensors
  $ dl train model.dl --run Pretrain --data text.txt --steps 500 -o runs/first

Exit status: 0 done, 1 the program or its data is wrong, 2 the command line is wrong,
70 a fault of ours, 75 the device or the environment failed, 130 and 143 after a signal.`;
