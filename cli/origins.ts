// Names the source files in an artifact from the root of their package, so that the same source gives the same bytes from any folder.
import type { Artifact, DispatchPlan, EntryPlan, ProgramPlan } from "../runtime/format.js";

/** Gives every place in the source the name that `nameOf` gives its file. */
export function withOrigins(artifact: Artifact, nameOf: (path: string) => string): Artifact {
  const place = (at: string): string => at.replace(/^.*?(?=:\d)/, nameOf);
  const { kernels, init, entries, steps } = artifact;
  return {
    ...artifact,
    kernels: kernels.map((kernel) => moved(kernel, place)),
    init: init.map((program) => movedProgram(program, place)),
    entries: entries.map((entry) => movedEntry(entry, place)),
    steps: steps.map((step) => ({
      ...step,
      ...movedEntry(step, place),
      ...(step.clip ? { clip: movedProgram(step.clip, place) } : {}),
      updates: step.updates.map((u) => ({ ...u, program: movedProgram(u.program, place) })),
    })),
  };
}

type Move = (place: string) => string;

const moved = <T extends { readonly origin?: string }>(item: T, place: Move): T =>
  item.origin === undefined ? item : { ...item, origin: place(item.origin) };

const movedEntry = (entry: EntryPlan, place: Move): EntryPlan => ({
  ...entry,
  guards: entry.guards.map((guard) => moved(guard, place)),
  program: movedProgram(entry.program, place),
});

const movedProgram = (program: ProgramPlan, place: Move): ProgramPlan => ({
  ...program,
  tensors: program.tensors.map((tensor) => moved(tensor, place)),
  dispatches: program.dispatches.map((dispatch) => movedDispatch(dispatch, place)),
});

const movedDispatch = (dispatch: DispatchPlan, place: Move): DispatchPlan => ({
  ...dispatch,
  ...(dispatch.lines ? { lines: dispatch.lines.map(place).sort(byLine) } : {}),
  ...(dispatch.calls ? { calls: dispatch.calls.map(place) } : {}),
});

/** By file, then by number. */
const byLine = (a: string, b: string): number => {
  const [[fileA = "", lineA], [fileB = "", lineB]] = [split(a), split(b)];
  return fileA === fileB ? Number(lineA) - Number(lineB) : fileA < fileB ? -1 : 1;
};

const split = (place: string): readonly string[] => {
  const at = place.lastIndexOf(":");
  return [place.slice(0, at), place.slice(at + 1)];
};
