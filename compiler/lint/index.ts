// What the checker warns of beyond shapes: looks at the graphs of models and training runs once they are known to be right.
import type { FnDecl, TrainDecl } from "../../grammar/ast.js";
import { withoutSilenced } from "../check/silence.js";
import { arrange, type Diagnostic } from "../diagnostics/index.js";
import type { Library, Unit } from "../resolve/modules.js";
import { batchWarnings } from "./batch.js";
import { cancelledIn, cancelledWarnings } from "./cancelled.js";
import { dropoutWarnings } from "./dropout.js";
import { unusedKeys } from "./known.js";
import { logitWarnings } from "./logits.js";
import {
  lowerEntry,
  lowerFunction,
  lowerRun,
  modelNameOf,
  modelsOf,
  type Lowered,
  type LoweredRun,
  type ModelSubject,
} from "./subject.js";
import { unreadOf, unreadWarnings, type Unread } from "./unread.js";
import { untrained, untrainedWarnings, usedElsewhere } from "./untrained.js";
import { chainedOf, startOf, varianceWarnings } from "./variance.js";
import type { Files } from "./where.js";

/** The warnings about the files that were asked for; `checked` is what their check found, of which nothing is an error. */
export function lint(library: Library, checked: readonly Diagnostic[]): readonly Diagnostic[] {
  const files: Files = new Set(library.entries.map((u) => u.module.file));
  const known = unusedKeys(checked);
  const found = library.entries.flatMap((unit) => lintUnit(library, unit, files, known));
  return arrange(withoutSilenced(found, library.entries));
}

function lintUnit(
  library: Library,
  unit: Unit,
  files: Files,
  known: ReadonlySet<string>,
): readonly Diagnostic[] {
  const subjects = modelsOf(library, unit);
  const runs = runsOf(library, unit, subjects);
  const models = subjects.map((model) => lowerModel(library, model, runs));
  const functions = unit.module.items.flatMap((item) =>
    item.kind === "fn" ? (lowerFunction(library, unit, item) ?? []) : [],
  );
  return [
    ...models.flatMap((model) => [
      ...modelWarnings(model, files, known),
      ...growthWarnings(library, model, files),
    ]),
    ...runWarnings(library, runs, models, files),
    ...[...runs, ...functions].flatMap((lowered) => logitWarnings(lowered, files)),
  ];
}

// --------------------------------------------------------------------- models

/** A model with its functions outside of training and what trains it; and what of it none of them reads. */
interface LoweredModel {
  readonly model: ModelSubject;
  readonly inference: readonly Lowered[];
  readonly training: readonly Lowered[];
  readonly unread: readonly Unread[];
}

function lowerModel(
  library: Library,
  model: ModelSubject,
  runs: readonly LoweredRun[],
): LoweredModel {
  const functions = model.decl.members.filter((m): m is FnDecl => m.kind === "fn");
  const inference = functions.flatMap((fn) => lowerEntry(library, model, fn, false) ?? []);
  const own = runs.filter((run) => modelNameOf(run.decl) === nameOf(model));
  const training =
    own.length > 0
      ? own
      : inference.flatMap((lowered) => {
          if (!lowered.isOfTraining) return [lowered];
          const fn = functions.find((f) => f.name.name === lowered.name);
          return (fn && lowerEntry(library, model, fn, true)) ?? [];
        });
  // What cannot be lowered as it stands may read anything.
  const isWhole =
    inference.length === functions.length &&
    (own.length > 0 || training.length === functions.length);
  const unread = isWhole ? unreadOf([...inference, ...training]) : [];
  return { model, inference, training, unread };
}

const nameOf = ({ declared }: ModelSubject): string => declared.item.name.name;

function modelWarnings(
  { model, inference, training, unread }: LoweredModel,
  files: Files,
  known: ReadonlySet<string>,
): readonly Diagnostic[] {
  const name = nameOf(model);
  const cancelled = training.map(cancelledIn);
  const isCancelled = (path: string): boolean =>
    cancelled.every((list) => list.some((c) => c.path === path));
  return [
    ...unreadWarnings(model, inference, unread, files, known),
    ...inference.flatMap((lowered) => logitWarnings(lowered, files)),
    ...training.slice(0, 1).flatMap((lowered) =>
      cancelledWarnings(
        lowered,
        (cancelled[0] ?? []).filter((c) => isCancelled(c.path)),
        files,
      ),
    ),
    ...inference.flatMap((lowered) => [
      ...dropoutWarnings(lowered, name, files),
      ...batchWarnings(lowered, name, files),
    ]),
  ];
}

function growthWarnings(
  library: Library,
  { model, inference }: LoweredModel,
  files: Files,
): readonly Diagnostic[] {
  const chained = inference.flatMap((lowered) => chainedOf(lowered) ?? []);
  const start = chained.length > 0 ? startOf(library, model) : undefined;
  return start ? chained.flatMap((c) => varianceWarnings(c, model, start, files)) : [];
}

// ----------------------------------------------------------------------- runs

/** The training runs of a file that can be lowered, each at the settings of its model. */
function runsOf(
  library: Library,
  unit: Unit,
  models: readonly ModelSubject[],
): readonly LoweredRun[] {
  return unit.module.items
    .filter((item): item is TrainDecl => item.kind === "train")
    .flatMap((decl) => {
      const model = models.find((m) => nameOf(m) === modelNameOf(decl));
      return lowerRun(library, unit, decl, model?.sets ?? {}) ?? [];
    });
}

/** A parameter that one run of a file trains is not missed in the others of the same model. */
function runWarnings(
  library: Library,
  runs: readonly LoweredRun[],
  models: readonly LoweredModel[],
  files: Files,
): readonly Diagnostic[] {
  // What nothing reads is a mistake of the model, not of the run.
  const unread = new Set(models.flatMap((m) => m.unread.map((u) => u.place.path.join("."))));
  const byModel = new Map<string, LoweredRun[]>();
  for (const run of runs) {
    const name = modelNameOf(run.decl) ?? "";
    byModel.set(name, [...(byModel.get(name) ?? []), run]);
  }
  return [...byModel.values()].flatMap((group) => {
    const lists = group.map(untrained);
    const isMissed = (path: string): boolean =>
      !unread.has(path) && lists.every((list) => list.some((u) => u.spec.path === path));
    return group.slice(0, 1).flatMap((run) => {
      const missed = (lists[0] ?? []).filter((u) => isMissed(u.spec.path));
      const outside = missed.some((u) => !u.cut);
      const used = outside ? usedElsewhere(library, run) : new Set<string>();
      const wrong = missed.filter((u) => u.cut ?? !used.has(u.spec.path));
      return untrainedWarnings(run, wrong, files);
    });
  });
}
