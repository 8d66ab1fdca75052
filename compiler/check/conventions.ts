// Warnings about names: layers in UpperCamel, functions and values in lower_snake.
import type { Item } from "../../grammar/ast.js";
import { names, type Diagnostic } from "../diagnostics/index.js";
import type { Unit } from "../resolve/modules.js";

const UPPER_CAMEL = /^[A-Z][A-Za-z0-9]*$/;
const LOWER_SNAKE = /^_?[a-z][a-z0-9_]*$/;

/** One warning for each top-level name that breaks the convention of its kind. */
export function conventionWarnings(unit: Unit): readonly Diagnostic[] {
  return unit.module.items.flatMap((item) => {
    const convention = conventionOf(item);
    if (
      !convention ||
      !("name" in item) ||
      item.name.name === "" ||
      convention.pattern.test(item.name.name)
    )
      return [];
    return [
      names.namingConvention({
        name: item.name.name,
        at: item.name.span,
        kind: convention.kind,
        wanted: convention.wanted,
      }),
    ];
  });
}

function conventionOf(
  item: Item,
): { readonly pattern: RegExp; readonly kind: string; readonly wanted: string } | undefined {
  switch (item.kind) {
    case "layer":
    case "derived-model":
      return { pattern: UPPER_CAMEL, kind: "a layer or model", wanted: "UpperCamel" };
    case "fn":
    case "optimizer":
    case "adapter":
      return { pattern: LOWER_SNAKE, kind: "a function", wanted: "lower_snake" };
    default:
      return undefined;
  }
}
