// Cards in place: Microsoft's renderer, with presses sent as Teams sends them.
import { AdaptiveCard, ExecuteAction, GlobalSettings, HostConfig, OpenUrlAction, SerializationContext, SubmitAction } from "adaptivecards";
import { get, post, Refused } from "./api.js";
import { h, replace } from "./dom.js";
import { hostConfig } from "./hostconfig.js";
import { Picker } from "./picker.js";
import { markdown } from "./text.js";

GlobalSettings.setTabIndexAtCardRoot = false;
const config = new HostConfig(hostConfig);

AdaptiveCard.onProcessMarkdown = (text, result) => {
  const div = h("div", {}, markdown(text));
  result.outputHtml = div.innerHTML; // serialised from nodes that hold text only
  result.didProcess = true;
};

// The order in which the sandbox reads a card's parts; the two must agree, as
// buttons with the same title are told apart by their place.
const order = ["body", "items", "columns", "rows", "cells", "inlines", "inlineAction", "selectAction", "actions", "card"];
const sends = (n) => n.type === "Action.Execute" || n.type === "Action.Submit";

function place(root, source) {
  let nth = 0;
  let found = 0;
  const walk = (n) => {
    if (sends(n) && n.title === source.title) {
      nth++;
      if (n === source) found = nth;
    }
    for (const key of order) {
      const v = n[key];
      for (const e of Array.isArray(v) ? v : [v]) if (e && typeof e === "object") walk(e);
    }
  };
  walk(root);
  return found || 1;
}

const names = new Map();

async function nameOf(id) {
  if (!names.has(id)) {
    names.set(id, get(`/sandbox/directory/users/${encodeURIComponent(id)}`).then((u) => u.displayName, () => undefined));
  }
  return names.get(id);
}

// renderCard draws a message's card for one person. after is called when the
// press has been answered.
export function renderCard(message, as, after) {
  const source = structuredClone(message.card);
  const card = new AdaptiveCard();
  const sources = new Map();
  const context = new SerializationContext();
  context.onParseAction = (action, from) => sources.set(action, from);
  card.hostConfig = config;
  card.parse(source, context);
  const host = {
    nameOf,
    search: async (dataset, text) => (await post("/sandbox/search", { as, message: message.id, dataset, text })).results,
  };
  for (const input of card.getAllInputs()) if (input instanceof Picker) input.host = host;

  const strip = h("div", { class: "strip", role: "status", "aria-live": "polite", "data-testid": "card-note" });
  const frame = h("div", { class: "card", "data-testid": "card", "data-message": message.id, data: { wide: source.msteams?.width === "Full" ? "yes" : "no" } });

  card.onExecuteAction = async (action) => {
    if (action instanceof OpenUrlAction) {
      if (/^https?:/.test(action.url ?? "")) window.open(action.url, "_blank", "noopener,noreferrer");
      return;
    }
    if (!(action instanceof ExecuteAction) && !(action instanceof SubmitAction)) return;
    const from = sources.get(action);
    const inputs = {};
    for (const [id, input] of Object.entries(action.getReferencedInputs() ?? {})) inputs[id] = input.value === undefined || Number.isNaN(input.value) ? "" : String(input.value);
    frame.classList.add("busy");
    frame.setAttribute("aria-busy", "true");
    frame.inert = true;
    note(strip, "", "");
    try {
      const answer = await post("/sandbox/press", { as, message: message.id, button: from.title, nth: place(source, from), inputs });
      tell(strip, answer);
    } catch (err) {
      tellRefusal(strip, err);
    } finally {
      frame.classList.remove("busy");
      frame.removeAttribute("aria-busy");
      frame.inert = false;
      after();
    }
  };
  card.onInlineCardExpanded = (action, open) => {
    if (!open) return;
    mark(frame, card); // its inputs and buttons were not drawn before
    setTimeout(() => action.card.renderedElement?.scrollIntoView({ block: "nearest" }));
  };
  const drawn = card.render();
  if (drawn) {
    frame.append(drawn);
    mark(frame, card);
  } else {
    frame.append(h("p", {}, source.fallbackText ?? "This card cannot be shown."));
  }
  return h("div", { class: "card-and-note" }, frame, strip);
}

// mark gives inputs and buttons names that a browser test can find.
function mark(frame, card) {
  for (const input of card.getAllInputs()) {
    const el = input.renderedInputControlElement;
    const control = el?.matches?.("input,select,textarea") ? el : el?.querySelector("input,select,textarea");
    if (control && !control.dataset.testid) control.dataset.testid = `input-${input.id}`;
  }
  for (const button of frame.querySelectorAll("button.ac-pushButton")) button.dataset.testid = `button-${button.textContent.trim()}`;
}

function note(strip, kind, text) {
  strip.className = kind ? `strip ${kind}` : "strip";
  replace(strip, text);
}

const wrong = "Something went wrong. Please try again.";

// tell shows what Teams shows under a card after a press.
function tell(strip, answer) {
  const body = answer.value ?? {};
  if (answer.error) note(strip, "error", answer.error);
  else if (body.type === "application/vnd.microsoft.error" || body.statusCode >= 400) note(strip, "error", body.value?.message ?? wrong);
  else if (body.type === "application/vnd.microsoft.activity.message" && body.value) note(strip, "info", String(body.value));
}

function tellRefusal(strip, err) {
  const fields = err instanceof Refused && err.body?.errors;
  if (fields) note(strip, "error", fields.map((f) => `${f.label || f.input}: ${f.message}`).join(" "));
  else note(strip, "error", err instanceof Refused ? err.message : wrong);
}
