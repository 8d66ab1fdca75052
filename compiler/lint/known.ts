// What the check has said already, so that one mistake is one warning.
import type { Member } from "../../grammar/ast.js";
import type { Diagnostic } from "../diagnostics/index.js";

/** Where the members stand that nothing names. */
export const unusedKeys = (checked: readonly Diagnostic[]): ReadonlySet<string> =>
  new Set(
    checked
      .filter(({ code }) => code.startsWith("unused-"))
      .map(({ primary: { span } }) => `${span.file.path} ${String(span.start)}`),
  );

/** Where the name of a member stands, in the same form. */
export const keyOf = (member: Member): string =>
  `${member.span.file.path} ${String("name" in member ? member.name.span.start : member.span.start)}`;
