// Proofs end after a counted amount of work, and never by guessing.
import { expect, test } from "vitest";
import { Effort, Facts, missing } from "../../compiler/types/constraints.js";
import { symsOf } from "../../compiler/types/dim.js";
import { Claims } from "../harness/claims.js";

/** An effort that counts what is asked of it. */
class Counted extends Effort {
  steps = 0;

  override spend(steps: number): boolean {
    this.steps += steps;
    return super.spend(steps);
  }
}

test("the search for a missing clause is one question, however the facts are entangled", () => {
  const claims = new Claims();
  const effort = new Counted();
  const facts = Facts.sharing(effort).with(
    claims.facts("D % H == 0 and H % G == 0 and (D / H) % 2 == G"),
  );
  const claim = claims.fact("(D / H) % 2 == 0");
  expect(facts.check(claim).kind).toBe("refuted");
  effort.steps = 0;
  missing(facts, claim, [...symsOf(claim.left)]);
  expect(effort.steps).toBeLessThan(40_000);
});

test("what is asked after the shared effort is spent is still answered where that is easy", () => {
  const claims = new Claims();
  const facts = Facts.sharing(new Effort(1)).with(claims.facts("D % H == 0 and K == D / H"));
  expect(facts.check(claims.fact("H * K == D")).kind).toBe("proved");
  expect(facts.check(claims.fact("H == D")).kind).toBe("refuted");
});

test("without any effort a claim that needs a proof is unknown, and one that holds is not refuted", () => {
  const claims = new Claims();
  const facts = Facts.sharing(new Effort(0)).with(claims.facts("A <= B and C <= D"));
  const hard = claims.fact("A * A * C <= B * B * D");
  expect(facts.check(hard).kind).not.toBe("refuted");
  const effort = new Effort();
  const answer = effort.question(() => {
    effort.spend(Infinity);
    return Facts.sharing(effort).with(claims.facts("A <= B")).check(claims.fact("A <= B + 1")).kind;
  });
  expect(answer).toBe("unknown");
});
