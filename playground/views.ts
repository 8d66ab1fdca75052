// What is shown of a compiled model: its graph, its kernels with the lines they come from, and what it costs.
import { showCount } from "../compiler/queries/counts.js";
import { darkInk, drawPicture, lightInk } from "../cli/graph/draw.js";
import type { Picture } from "../compiler/queries/picture.js";
import type { Artifact, ProgramPlan } from "../runtime/format.js";
import { programsAfter } from "../runtime/needs.js";
import { button, element } from "./dom.js";
import type { Built, Costs, Files } from "./protocol.js";

/** The picture of an entry or step, `forward` at first, in the colours of the page. */
export async function graphView({ pictures }: Built): Promise<HTMLElement> {
  const { default: Elk } = await import("elkjs/lib/elk.bundled.js");
  const elk = new Elk.default();
  const page = getComputedStyle(document.documentElement);
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const ink = { ...(isDark ? darkInk : lightInk), paper: page.getPropertyValue("--ground").trim() };
  const frame = element("div");
  const draw = async (picture: Picture | undefined): Promise<void> => {
    if (!picture) return;
    const svg = await drawPicture(picture, elk, ink);
    const drawing = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    frame.replaceChildren(document.importNode(drawing, true));
  };
  const names = pictures.map(({ name }) => element("option", {}, name));
  const choice = element("select", {}, ...names);
  choice.value = "forward";
  if (choice.selectedIndex < 0) choice.selectedIndex = 0;
  choice.addEventListener("change", () => void draw(pictures[choice.selectedIndex]));
  await draw(pictures[choice.selectedIndex]);
  return element("div", { class: "graph" }, element("label", {}, "Of ", choice), frame);
}

/** All kernels, each with the line that it comes from; a line of the program's files is a button that goes there. */
export function kernelsView(
  { artifact, lines }: Built,
  files: Files,
  goTo: (path: string, line: number) => void,
): HTMLElement {
  const users = usersOf(artifact);
  const rows = artifact.kernels.map(({ label, origin, wgsl }, i) => {
    const [, path = "", line = ""] = /^(.*?\.dl):(\d+)/.exec(origin ?? "") ?? [];
    const place = `${path}:${line}`;
    const link = files.some((file) => file.path === path)
      ? button(place, () => {
          goTo(path, Number(line));
        })
      : element("span", {}, path === "" ? "" : place);
    link.classList.add("place");
    return element(
      "details",
      {},
      element(
        "summary",
        {},
        element("code", { class: "label" }, label),
        element("code", { class: "line" }, lines[origin ?? ""] ?? ""),
        link,
      ),
      element("p", {}, `Runs in ${[...(users.get(i) ?? [])].join(", ")}.`),
      element("pre", {}, wgsl),
    );
  });
  return element(
    "div",
    { class: "kernels" },
    element("p", { class: "summary" }, `${String(rows.length)} kernels`),
    ...rows,
  );
}

/** What each kernel is launched by: entries, steps, their updates, initialisation. */
function usersOf({ init, entries, steps }: Artifact): ReadonlyMap<number, ReadonlySet<string>> {
  const users = new Map<number, Set<string>>();
  const note = (by: string, programs: readonly ProgramPlan[]): void => {
    for (const { kernel } of programs.flatMap(({ dispatches }) => dispatches))
      users.set(kernel, (users.get(kernel) ?? new Set()).add(by));
  };
  note("initialisation", init);
  for (const { name, program } of [...entries, ...steps]) note(name, [program]);
  for (const step of steps) note(`the update of ${step.name}`, programsAfter(step));
  return users;
}

/** The cost table: parameters by layer, then work and memory of each entry and step. */
export function costView({ layers, programs }: Costs): HTMLElement {
  const sum = (of: (layer: Costs["layers"][number]) => number): number =>
    layers.reduce((total, layer) => total + of(layer), 0);
  const cell = (n: number): HTMLElement => element("td", { class: "n" }, showCount(n));
  const heads = ["layer", "parameters", "trained", "states"];
  const row = (
    path: HTMLElement,
    of: Pick<Costs["layers"][number], "parameters" | "trained" | "states">,
  ) => element("tr", {}, path, cell(of.parameters), cell(of.trained), cell(of.states));
  const total = {
    parameters: sum((l) => l.parameters),
    trained: sum((l) => l.trained),
    states: sum((l) => l.states),
  };
  return element(
    "div",
    { class: "costs" },
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", {}, head)))),
      element(
        "tbody",
        {},
        ...layers.map((l) => row(element("td", {}, l.path === "" ? "(own)" : l.path), l)),
      ),
      element("tfoot", {}, row(element("th", {}, "all"), total)),
    ),
    ...programs.map(({ name, quantities }) =>
      element(
        "section",
        {},
        element("h2", {}, name),
        element(
          "dl",
          {},
          ...quantities.flatMap(({ label, formula, value }) => [
            element("dt", {}, label),
            element(
              "dd",
              {},
              ...(value === undefined ? [] : [element("strong", {}, value)]),
              ...(value === formula ? [] : [element("code", {}, formula)]),
            ),
          ]),
        ),
      ),
    ),
  );
}
