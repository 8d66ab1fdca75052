// The compiler's own thread: takes questions one after another and posts the answers.
import type { Message, Reply } from "./protocol.js";
import { answers } from "./service.js";

addEventListener("message", ({ data }: MessageEvent<Message>) => {
  postMessage(replyTo(data));
});

function replyTo(message: Message): Reply {
  const { id } = message;
  try {
    return { id, answer: answerTo(message) };
  } catch (thrown) {
    return { id, fault: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function answerTo(message: Message): unknown {
  switch (message.kind) {
    case "check":
      return answers.check(message.ask);
    case "hover":
      return answers.hover(message.ask);
    case "complete":
      return answers.complete(message.ask);
    case "build":
      return answers.build(message.ask);
    case "costs":
      return answers.costs(message.ask);
  }
}
