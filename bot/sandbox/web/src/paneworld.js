// Tabs about the world: the directory, the clock, and things that go wrong.
import { call, get, post } from "./api.js";
import { h } from "./dom.js";
import { dayName, show, when } from "./text.js";

export async function drawDirectory(pane) {
  const [users, changes, licences] = await Promise.all([get("/sandbox/directory/users"), get("/sandbox/directory/changes", { since: 0 }), get("/sandbox/directory/licences")]);
  if (pane.memory.user) return person(pane);
  const filter = h("input", { type: "search", placeholder: "Find a person", "aria-label": "Find a person", value: pane.memory.filter ?? "", "data-testid": "user-filter" });
  const rows = h("tbody", {}, users.map((u) => row(pane, u)));
  const apply = () => {
    pane.memory.filter = filter.value;
    const words = filter.value.toLowerCase().trim();
    for (const tr of rows.children) tr.hidden = !tr.textContent.toLowerCase().includes(words);
  };
  filter.addEventListener("input", apply);
  apply();
  return [
    h("h4", {}, "What changed"),
    changes.length === 0 ? h("p", { class: "quiet-text" }, "Nothing yet.") : h("ol", { class: "rows changes", "data-testid": "changes" }, changes.toReversed().slice(0, 60).map((c) =>
      h("li", {}, h("span", { class: `tag ${c.by === "bot" ? "by-bot" : "by-hand"}` }, c.by === "bot" ? "bot" : "by hand"), ` ${show(c.what)}`, h("small", {}, when(c.at))))),
    h("h4", {}, "Licences"),
    h("ul", { class: "rows" }, licences.map((l) => h("li", { class: "seat" }, h("span", {}, l.skuPartNumber), h("meter", { min: 0, max: l.enabled || 1, value: l.consumed, "aria-label": `${l.skuPartNumber} seats used` }), h("small", {}, `${l.consumed} of ${l.enabled}`)))),
    h("h4", {}, "People"),
    filter,
    h("table", { class: "users" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Name"), h("th", { scope: "col" }, "Job"), h("th", { scope: "col" }, "Account"))), rows),
  ];
}

function row(pane, u) {
  const account = u.deleted ? "deleted" : u.accountEnabled ? "enabled" : "disabled";
  return h("tr", {},
    h("td", {}, h("button", { type: "button", class: "link", onclick: () => ((pane.memory.user = u.id), pane.refresh()) }, show(u.displayName)), h("small", {}, show(u.userPrincipalName))),
    h("td", {}, show(u.jobTitle), h("small", {}, show(u.officeLocation))),
    h("td", {}, h("span", { class: `tag ${account}` }, account)));
}

// method turns "temporaryAccessPassAuthenticationMethod" into words.
const method = (type) => show(type).replace(/AuthenticationMethod$/, "").replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

async function person(pane) {
  const back = h("button", { type: "button", class: "link", onclick: () => ((pane.memory.user = null), pane.refresh()) }, "← All people");
  const u = await get(`/sandbox/directory/users/${encodeURIComponent(pane.memory.user)}`);
  const fact = (name, value) => show(value) !== "" && [h("dt", {}, name), h("dd", {}, show(value))];
  const names = (list) => (list ?? []).map((g) => g.displayName ?? g.name ?? show(g)).join(", ");
  return [
    back,
    h("h3", {}, show(u.displayName)),
    h("dl", { class: "facts" }, fact("Sign-in name", u.userPrincipalName), fact("Job", u.jobTitle), fact("Department", u.department), fact("Site", u.officeLocation), fact("Manager", u.manager),
      fact("Account", u.deleted ? "deleted" : u.accountEnabled ? "enabled" : "disabled"), fact("Licences", u.licenses), fact("Groups", names(u.memberOf)), fact("Start date", dayName(u.employeeHireDate)),
      fact("Sessions revoked", when(u.sessionsRevokedAt)), fact("Sign-in methods", (u.methods ?? []).map((m) => method(m.type))), fact("Object id", u.id)),
    h("p", {}, h("button", {
      type: "button", class: "small",
      onclick: () => pane.act(async () => {
        await call("PATCH", `/sandbox/directory/users/${encodeURIComponent(u.id)}`, { accountEnabled: !u.accountEnabled });
        return "Changed by hand, behind the bot's back.";
      }),
    }, u.accountEnabled ? "Disable by hand" : "Enable by hand")),
    pane.note(),
  ];
}

export async function drawClock(pane) {
  const c = await get("/sandbox/clock");
  const move = (body, text) => () => pane.act(async () => {
    const out = await post("/sandbox/clock", body);
    return `${text}. ${out.ran === 1 ? "1 piece of work ran." : `${out.ran} pieces of work ran.`}`;
  });
  const to = h("input", { type: "datetime-local", "aria-label": "Go to (UTC)", value: c.now.slice(0, 16) });
  return [
    h("p", { class: "big", "data-testid": "now" }, when(c.now)),
    h("p", { class: "quiet-text" }, c.next ? `Next due: ${when(c.next)}` : "Nothing is due."),
    h("div", { class: "buttons" },
      h("button", { type: "button", "data-testid": "clock-hour", onclick: move({ advance: "1h" }, "One hour on") }, "+1 hour"),
      h("button", { type: "button", "data-testid": "clock-day", onclick: move({ advance: "24h" }, "One day on") }, "+1 day"),
      h("button", { type: "button", class: "primary", "data-testid": "clock-next", disabled: !c.next, onclick: move({ next: true }, "On to the next due step") }, "Next due step")),
    h("form", { class: "buttons", onsubmit: (e) => (e.preventDefault(), to.blur(), move({ to: `${to.value}:00Z` }, "Moved")()) }, to, h("button", { type: "submit", class: "small" }, "Go (UTC)")),
    pane.note(),
    h("p", { class: "quiet-text" }, "The clock never goes back. On the way everything runs at its own time."),
  ];
}

const switches = [
  ["licences_gone", "Licences gone", "No seat is free in any pool.", { target: "graph", kind: "licences_gone" }],
  ["graph_throttle", "Throttled", "Graph answers 429 to everything.", { target: "graph", kind: "throttle" }],
  ["graph_down", "Graph down", "Connections to Graph break.", { target: "graph", kind: "down" }],
  ["graph_lies", "Graph lies", "Writes are accepted and not done.", { target: "graph", kind: "no_effect" }],
  ["teams_throttle", "Teams throttled", "Teams answers 429 to the bot.", { target: "teams", kind: "throttle" }],
  ["teams_lost", "Teams loses answers", "Messages arrive, the bot hears 503.", { target: "teams", kind: "lost_answer" }],
];

export async function drawFaults(pane) {
  const list = await get("/sandbox/fault");
  const isOn = (body) => list.some((f) => f.target === body.target && f.kind === body.kind);
  return [
    h("ul", { class: "rows switches" }, switches.map(([key, label, text, body]) =>
      h("li", {}, h("div", {}, h("b", {}, label), h("small", {}, text)),
        h("button", { type: "button", class: isOn(body) ? "small on" : "small", disabled: isOn(body), "data-testid": `fault-${key}`, "aria-label": `${label}: switch on`, onclick: () => pane.act(async () => (await post("/sandbox/fault", body), `${label}: on.`)) }, isOn(body) ? "On" : "Switch on")))),
    h("div", { class: "buttons" }, h("button", { type: "button", class: "primary", "data-testid": "fault-clear", disabled: list.length === 0, onclick: () => pane.act(async () => (await call("DELETE", "/sandbox/fault"), "All faults cleared.")) }, "Clear all")),
    pane.note(),
    list.length > 0 && [h("h4", {}, "Active"), h("ul", { class: "rows" }, list.map((f) => h("li", {}, `${f.target}: ${String(f.kind).replaceAll("_", " ")}${f.match ? ` on ${f.match}` : ""}`, h("small", {}, `fired ${f.fired ?? 0} times`))))],
  ];
}
