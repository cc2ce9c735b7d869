// A plain chat page over the JSON endpoint. All text is set as text, never as HTML.
"use strict";

const log = document.getElementById("log");
const form = document.getElementById("form");
const text = document.getElementById("text");
let conversation = null;
let waiting = Promise.resolve();

function element(name, className, content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (content) made.textContent = content;
  return made;
}

function sourceList(sources) {
  const details = element("details");
  details.append(element("summary", "", `Sources (${sources.length})`));
  const list = element("ol");
  for (const source of sources) {
    const item = element("li", "", source.citation + " ");
    if (source.url && /^https?:\/\//.test(source.url)) {
      const link = element("a", "", source.url);
      link.href = source.url;
      link.rel = "noopener noreferrer";
      link.target = "_blank";
      item.append(link);
    }
    list.append(item);
  }
  details.append(list);
  return details;
}

function show(content, className, buttons = [], sources = []) {
  const box = element("div", `message ${className}`);
  for (const paragraph of content.split("\n\n")) box.append(element("p", "", paragraph));
  if (sources.length) box.append(sourceList(sources));
  if (buttons.length) {
    const choices = element("div", "choices");
    for (const button of buttons) {
      const choice = element("button", "", button.title);
      choice.type = "button";
      choice.addEventListener("click", () => send({ button: button.payload }, button.title));
      choices.append(choice);
    }
    box.append(choices);
  }
  log.append(box);
  box.scrollIntoView({ block: "end" });
}

async function exchange(message) {
  const body = conversation ? { ...message, conversation_id: conversation } : message;
  try {
    const response = await fetch("/api/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const value = await response.json();
    if (value.conversation_id) conversation = value.conversation_id;
    if (!response.ok) return show(value.message, "error");
    for (const reply of value.replies) {
      const level = reply.payload.level === "emergency" ? "emergency" : "";
      const sources = reply.payload.kind === "curated" ? reply.payload.sources : []; // calm first where there is danger
      show(reply.text, level, reply.buttons, sources);
    }
  } catch (error) {
    show("The connection failed. Please try again. If someone is in danger, call your local emergency number.", "error");
  }
}

function send(message, shown) {
  show(shown, "own");
  waiting = waiting.then(() => exchange(message)); // one at a time, in order
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = text.value.trim();
  if (!typed) return;
  text.value = "";
  send({ text: typed }, typed);
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
