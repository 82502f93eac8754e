// Tabs about the bot's business: a case as a timeline, and the evidence.
import { get } from "./api.js";
import { h } from "./dom.js";
import { show, when } from "./text.js";

const words = {
  planned: ["○", "Planned", "quiet"], started: ["◐", "Started", "running"], unseen: ["◔", "Sent, not yet seen", "waiting"],
  verified: ["●", "Seen done", "good"], by_hand: ["●", "Done by hand", "good"], waived: ["◌", "Waived", "quiet"],
  failed: ["▲", "Needs people", "bad"], cancelled: ["×", "Cancelled", "quiet"],
  waiting: ["◔", "Waiting", "waiting"], scheduled: ["○", "Scheduled", "quiet"], running: ["◐", "Running", "running"],
  needs_people: ["▲", "Needs people", "bad"], done: ["●", "Done", "good"],
};

function stateMark(state) {
  const [sign, text, tone] = words[state] ?? ["·", state ?? "", "quiet"];
  return h("span", { class: `mark ${tone}` }, h("span", { "aria-hidden": "true" }, sign), " ", text);
}

const taskName = (t) => show(t).replaceAll("_", " ").replaceAll("-", " ");

// chooser picks the case that the tabs are about; the newest by default.
async function chooser(pane, all) {
  const list = await pane.cases();
  const known = list.some((c) => c.ref === pane.memory.ref);
  if (!known) pane.memory.ref = all ? "" : list.at(-1)?.ref;
  if (!all && !pane.memory.ref) pane.memory.ref = list.at(-1)?.ref;
  const select = h("select", {
    "aria-label": "Case", "data-testid": "case-select",
    onchange: (e) => {
      pane.memory.ref = e.target.value;
      e.target.blur();
      pane.refresh();
    },
  }, all && h("option", { value: "" }, "Everything"), list.toReversed().map((c) => h("option", { value: c.ref }, `${c.ref} · ${show(c.subject)}`)));
  select.value = pane.memory.ref ?? "";
  return { list, select };
}

export async function drawCase(pane) {
  const { list, select } = await chooser(pane, false);
  if (list.length === 0) return [h("p", { class: "empty" }, "No case yet. As Hannah Reed (HR), say: new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes")];
  const c = await get(`/sandbox/cases/${encodeURIComponent(pane.memory.ref)}`);
  return [
    select,
    h("h3", {}, show(c.subject)),
    h("p", { class: "line" }, stateMark(c.state), h("span", {}, `${show(c.kind)} ${c.ref}`), c.due && h("span", {}, `due ${when(c.due)}`)),
    h("h4", {}, "Steps"),
    (c.steps ?? []).length === 0 ? h("p", { class: "quiet-text" }, "No plan yet.") : h("ol", { class: "timeline", "data-testid": "steps" }, c.steps.map(step)),
    h("h4", {}, "Decisions"),
    (c.decisions ?? []).length === 0 ? h("p", { class: "quiet-text" }, "None yet.") : h("ul", { class: "rows" }, c.decisions.map((d) =>
      h("li", {}, h("b", {}, show(d.by)), ` ${show(d.what)}`, h("small", {}, when(d.at), d.plan && ` · plan ${String(d.plan).slice(0, 10)}`)))),
  ];
}

function step(s) {
  return h("li", { class: words[s.state]?.[2] ?? "quiet", data: { state: s.state, key: s.key } },
    h("b", {}, s.title ?? taskName(s.task ?? s.key)), stateMark(s.state),
    s.due && h("small", {}, when(s.due)),
    (show(s.before) || show(s.after)) && h("dl", { class: "seen" }, show(s.before) && [h("dt", {}, "before"), h("dd", {}, show(s.before))], show(s.after) && [h("dt", {}, "after"), h("dd", {}, show(s.after))]));
}

export async function drawEvidence(pane) {
  const { select } = await chooser(pane, true);
  const ref = pane.memory.ref;
  const list = await get("/sandbox/log", ref ? { case: ref } : {});
  return [
    select,
    list.length === 0 ? h("p", { class: "empty" }, "No entries yet.") : h("ol", { class: "entries", "data-testid": "entries" }, list.toReversed().map((e) => entry(pane, e))),
  ];
}

function entry(pane, e) {
  const { seq, n, kind, at, time, by, actor, actorName, ...rest } = e;
  const opened = (pane.memory.opened ??= new Set());
  const key = seq ?? n;
  const remember = (ev) => (ev.target.open ? opened.add(key) : opened.delete(key));
  return h("li", {},
    h("details", { open: opened.has(key), ontoggle: remember },
      h("summary", {}, h("span", { class: "seq" }, `#${seq ?? n ?? "?"}`), h("b", {}, show(kind)), h("small", {}, [when(at ?? time), show(by ?? actorName ?? actor)].filter(Boolean).join(" · "))),
      h("pre", {}, JSON.stringify(rest, null, 2))));
}
