// `npm start`: sets up what is missing, then trains the Shakespeare example.
import { ensureAdapters, ensureBuild, ensurePackages, requireNode } from "./setup.mjs";
import { onScreen, say, SetupError } from "./steps.mjs";

/** The main job, as arguments of `dl`. */
const job = [
  ...["train", "examples/shakespeare/model.dl", "--run", "Shakespeare"],
  ...["--data", "examples/shakespeare/input.txt", "--batch", "16", "--length", "64"],
  ...["--steps", "600", "-o", "runs/shakespeare", "--overwrite"],
];

/** What is added where no adapter can be had: the same job, short, on the reference backend. */
const shorter = ["--backend", "reference", "--steps", "20", "--batch", "4"];

try {
  process.exitCode = await start();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  for (const command of error.remedy) say(`  run: ${command}`);
  process.exitCode = 75;
}

async function start() {
  requireNode();
  await ensurePackages();
  if (!(await ensureBuild())) throw new SetupError("the build failed", ["npm run build"]);
  const { found, problem } = await ensureAdapters({ forTests: false });
  const extra = found.length > 0 ? [] : shorter;
  if (found.length === 0) {
    say(`no WebGPU adapter: ${problem.message}`);
    for (const command of problem.remedy) say(`  run: ${command}`);
    say("going on with a SHORTER run on the reference backend (float64 on the CPU)");
  }
  return onScreen(process.execPath, [
    "dist/cli/main.js",
    ...job,
    ...extra,
    ...process.argv.slice(2),
  ]);
}
