// Which members the steps of a selector name.
import type { Ident, Selector, SelectorStep } from "../../../grammar/ast.js";
import { matches } from "../../check/selectors.js";
import type { Choice } from "../evaluated.js";
import type { Binding } from "./binding.js";
import { memberOfInstance } from "./callees.js";
import type { Target } from "./target.js";

/** Finds the members that the steps of a selector name. */
export function bindSelector(b: Binding, selector: Selector): void {
  const choice = b.evaluated?.choiceOf(selector);
  if (!choice) return;
  selector.steps.forEach((step, i) => {
    for (const name of namesOf(step))
      b.use(name, memberAt(choice, [...selector.steps.slice(0, i), { kind: "name", ...name }]));
  });
}

const namesOf = (step: SelectorStep): readonly Ident[] => {
  if (step.kind === "name") return [step];
  return step.kind === "alternatives" ? step.names : [];
};

/** The member that the last of some steps names. */
function memberAt({ root, places }: Choice, steps: readonly SelectorStep[]): Target | undefined {
  const last = steps.at(-1);
  const name = last?.kind === "name" ? last.name : "";
  for (const { path } of places) {
    const below = path.slice(root.path.length);
    // A list of layers has no place of its own, only its elements have.
    for (let end = 1; end <= below.length; end++) {
      if (below[end - 1] !== name || !matches(steps, below.slice(0, end))) continue;
      const owner = path.slice(0, root.path.length + end - 1).join(".");
      for (const place of places) {
        if (place.kind !== "layer" || place.path.join(".") !== owner) continue;
        const member = memberOfInstance(place.instance, name);
        if (member) return member;
      }
    }
  }
  return undefined;
}
