// The page: who I am, my chats, the open conversation, and the pane beside it.
import { get } from "./api.js";
import { Conversation } from "./conversation.js";
import { avatar, h, icon, replace } from "./dom.js";
import { Pane } from "./pane.js";
import { flat, shortly, when } from "./text.js";

const roles = { hr: "HR", manager: "Manager", approver: "Approver", it: "IT", owner: "Owner", starter: "New starter", none: "No role" };
const state = { people: [], person: null, chats: [], open: null, now: new Date().toISOString(), stop: new AbortController() };

// What has been read is this browser's business, as in Teams.
const readKey = (person, chat) => `read ${person} ${chat}`;
const readUpTo = (chat) => Number(localStorage.getItem(readKey(state.person.key, chat)) ?? 0);
function markRead(chat, n) {
  if (n > readUpTo(chat)) localStorage.setItem(readKey(state.person.key, chat), String(n));
  drawChats();
}
const unread = (c) => c.n > readUpTo(c.id) && c.from !== state.person.key;

const conversation = new Conversation(markRead);
const pane = new Pane(() => refreshClock());
const who = h("select", { id: "who", "data-testid": "who", "aria-label": "Who am I", onchange: () => become(who.value) });
const face = h("span", { class: "face" });
const clock = h("button", { type: "button", class: "clock", title: "The sandbox's clock", "data-testid": "clock", onclick: () => showPane("clock") });
const list = h("ul", { class: "chats" });
const rail = h("nav", { class: "rail", "aria-label": "Main" });
const app = document.getElementById("app");

function showPane(tab) {
  document.body.classList.add("with-pane");
  if (tab) pane.show(tab);
  drawRail();
}

function togglePane() {
  document.body.classList.toggle("with-pane");
  drawRail();
}

function toggleTheme() {
  const dark = getComputedStyle(document.documentElement).getPropertyValue("--is-dark").trim() === "1";
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
}

function drawRail() {
  const count = (kind) => state.chats.filter((c) => c.kind === kind && unread(c)).length;
  const entry = (name, label, kind) => {
    const first = state.chats.find((c) => c.kind === kind);
    const n = count(kind);
    return h("button", {
      type: "button", "aria-current": state.open?.kind === kind ? "page" : undefined, disabled: !first, "data-testid": `rail-${name}`,
      onclick: () => openChat(state.chats.find((c) => c.kind === kind && unread(c)) ?? first),
    }, icon(name), h("span", {}, label), n > 0 && h("b", { class: "badge", "aria-label": `${n} unread` }, n));
  };
  replace(rail, entry("chat", "Chat", "personal"), entry("teams", "Teams", "channel"),
    h("button", { type: "button", class: "rail-pane", "aria-pressed": String(document.body.classList.contains("with-pane")), "data-testid": "rail-pane", onclick: togglePane }, icon("panel"), h("span", {}, "Sandbox")));
}

function drawChats() {
  drawRail();
  replace(list, state.chats.map((c) => {
    const fresh = unread(c);
    const sender = c.from === "bot" ? "" : c.from === state.person.key ? "You: " : "";
    return h("li", {}, h("button", {
      type: "button", class: fresh ? "chat unread" : "chat", "aria-current": state.open?.id === c.id ? "true" : undefined, "data-testid": `chat-${c.id}`, onclick: () => openChat(c),
    }, c.kind === "channel" ? h("span", { class: "avatar channel", "aria-hidden": "true" }, c.title[0]) : avatar(c.title, true),
    h("span", { class: "chat-main" }, h("b", {}, c.kind === "channel" ? `${c.title} channel` : c.title), h("small", {}, c.text ? sender + (c.from === "bot" ? flat(c.text) : c.text) : "No messages yet")),
    h("span", { class: "chat-side" }, h("time", {}, c.at ? shortly(c.at, state.now) : ""), fresh && h("i", { class: "dot", role: "img", "aria-label": "Unread" }))));
  }));
  const n = state.chats.filter(unread).length;
  document.title = n ? `(${n}) Muster sandbox` : "Muster sandbox";
}

async function openChat(c) {
  if (!c) return;
  state.open = c;
  drawChats();
  await conversation.open(state.person, c, state.stop.signal);
}

async function loadPeople() {
  const people = await get("/sandbox/people");
  const same = JSON.stringify(people) === JSON.stringify(state.people);
  state.people = people;
  if (same) return false; // an open list of choices stays open
  const option = (p) => h("option", { value: p.key, disabled: p.account === "none" }, p.account === "none" ? "New starter (no account yet)" : `${p.name} · ${p.role === "none" ? p.key : roles[p.role]}`);
  replace(who, state.people.map(option));
  if (state.person) {
    who.value = state.person.key;
    state.person = state.people.find((p) => p.key === state.person.key) ?? state.person;
  }
  return true;
}

async function become(key) {
  state.stop.abort();
  const stop = (state.stop = new AbortController());
  await loadPeople();
  if (stop.signal.aborted) return; // somebody else was chosen meanwhile
  state.person = state.people.find((p) => p.key === key && p.account !== "none") ?? state.people[0];
  who.value = state.person.key;
  const url = new URL(location.href);
  url.searchParams.set("as", state.person.key);
  history.replaceState(null, "", url);
  replace(face, avatar(state.person.name));
  try {
    state.chats = await get("/sandbox/chats", { as: state.person.key }, stop.signal);
    const wanted = state.chats.find((c) => c.id === state.open?.id) ?? state.chats[0];
    await openChat(wanted);
  } catch (err) {
    if (stop.signal.aborted) return;
    throw err;
  }
  follow(stop.signal);
}

// follow waits for news in any of the person's chats.
async function follow(signal) {
  while (!signal.aborted) {
    const since = Math.max(0, ...state.chats.map((c) => c.n));
    try {
      const chats = await get("/sandbox/chats", { as: state.person.key, since, wait: 25 }, signal);
      if (signal.aborted) return;
      const news = Math.max(0, ...chats.map((c) => c.n)) > since || chats.length !== state.chats.length;
      state.chats = chats;
      document.body.classList.remove("offline");
      if (news) {
        await conversation.refresh();
        pane.refresh();
        refreshClock();
      }
      drawChats();
    } catch (err) {
      if (signal.aborted) return; // somebody else is looking now; an answer cut off in its middle is no AbortError
      document.body.classList.add("offline");
      await new Promise((done) => setTimeout(done, 1500));
    }
  }
}

async function refreshClock() {
  try {
    const c = await get("/sandbox/clock");
    state.now = c.now;
    replace(clock, icon("clock"), h("span", {}, when(c.now)));
    if ((await loadPeople()) && state.person) drawChats();
  } catch {
    document.body.classList.add("offline");
  }
}

function build(info) {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  replace(app,
    h("header", { class: "top" },
      h("b", { class: "brand" }, "Muster ", h("span", {}, "sandbox")),
      clock,
      h("label", { class: "who", htmlFor: "who" }, face, h("span", { class: "who-label" }, "I am"), who),
      h("button", { type: "button", class: "plain", title: "Light or dark", "aria-label": "Light or dark", "data-testid": "theme", onclick: toggleTheme }, icon("sun")),
      h("button", { type: "button", class: "plain pane-toggle", title: "Sandbox pane", "aria-label": "Sandbox pane", "data-testid": "pane-toggle", onclick: togglePane }, icon("panel"))),
    info.playground && h("p", { class: "banner" }, "Playground mode: the bot answers requests without tokens on this machine."),
    h("p", { class: "banner offline-note", role: "alert" }, "The sandbox does not answer. Trying again …"),
    h("div", { class: "body" }, rail, h("section", { class: "side", "aria-label": "Chats" }, h("h2", {}, "Chat"), list), conversation.el, pane.el));
  pane.onClose = togglePane;
}

async function main() {
  build(await get("/sandbox/info"));
  if (window.innerWidth >= 1180) document.body.classList.add("with-pane");
  await refreshClock();
  const wanted = new URL(location.href).searchParams;
  state.open = wanted.get("chat") ? { id: wanted.get("chat") } : null;
  await become(wanted.get("as") ?? "hr");
  pane.show(wanted.get("tab") ?? "case");
  setInterval(refreshClock, 20000);
}

main().catch((err) => replace(app, h("p", { class: "empty" }, `The page could not start: ${err.message}`)));
