// The open chat: messages, replies, and the box to write in.
import { get, post, Refused } from "./api.js";
import { renderAsk } from "./ask.js";
import { renderCard } from "./card.js";
import { avatar, h, icon, replace, sync } from "./dom.js";
import { clockTime, dayName, markdown, when } from "./text.js";

const hints = {
  hr: ["new starter", "mover", "leaver", "status", "my tasks", "help"],
  manager: ["my tasks", "help"],
  approver: ["my tasks", "help"],
  it: ["failures", "drift", "my tasks", "help"],
  owner: ["status", "overdue", "upcoming", "drift", "help"],
  starter: ["help"],
  none: ["help"],
};

export class Conversation {
  constructor(onRead) {
    this.onRead = onRead;
    this.title = h("h1", { class: "conv-title", "data-testid": "chat-title" });
    this.sub = h("p", { class: "conv-sub" });
    this.log = h("div", { class: "log", role: "log", "aria-label": "Messages", tabindex: "0", "data-testid": "messages" });
    this.typing = h("p", { class: "typing", role: "status" });
    this.hints = h("div", { class: "hints", "aria-label": "Suggestions", role: "group" });
    this.replying = h("div", { class: "replying", hidden: true });
    this.text = h("textarea", {
      id: "composer",
      rows: 1,
      "data-testid": "composer",
      "aria-label": "Type a message",
      placeholder: "Type a message",
      oninput: () => this.grow(),
      onkeydown: (e) => {
        if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
          e.preventDefault();
          this.send();
        }
      },
    });
    this.file = h("input", { type: "file", hidden: true, "data-testid": "file", onchange: () => this.pickFile() });
    this.attach = h("button", { type: "button", class: "plain", title: "Attach a file", "aria-label": "Attach a file", onclick: () => this.file.click() }, icon("attach"));
    this.sendButton = h("button", { type: "submit", class: "plain send", title: "Send", "aria-label": "Send", "data-testid": "send" }, icon("send"));
    this.problem = h("p", { class: "problem", role: "alert" });
    this.el = h(
      "main",
      { class: "conversation" },
      h("header", { class: "conv-head" }, (this.face = h("span")), h("div", {}, this.title, this.sub)),
      this.log,
      h("div", { class: "foot" }, this.typing, this.problem, this.hints, this.replying,
        h("form", { class: "composer", onsubmit: (e) => (e.preventDefault(), this.send()) }, this.text, this.file, this.attach, this.sendButton)),
    );
  }

  // open shows a chat of a person from its beginning.
  async open(person, chat, signal) {
    Object.assign(this, { person, chat, signal, seen: 0, messages: new Map(), parts: new Map(), thread: null, upload: null });
    const channel = chat.kind === "channel";
    replace(this.face, channel ? h("span", { class: "avatar channel", "aria-hidden": "true" }, chat.title[0]) : avatar(chat.title, true));
    replace(this.title, chat.title);
    replace(this.sub, channel ? "Channel · Muster answers when mentioned" : "Muster · joiners, movers and leavers");
    replace(this.log);
    replace(this.problem);
    this.typing.textContent = "";
    this.attach.hidden = channel;
    this.text.value = "";
    this.text.placeholder = channel ? "Start a post (Muster is mentioned for you)" : "Type a message";
    this.text.disabled = this.sendButton.disabled = person.account !== "enabled";
    this.drawHints();
    this.replyTo(null);
    this.arrange();
    await this.refresh();
  }

  async refresh() {
    const { person, chat, signal } = this;
    let list;
    try {
      list = await get("/sandbox/messages", { as: person.key, chat: chat.id, since: this.seen }, signal);
    } catch (err) {
      if (err.name !== "AbortError" && signal === this.signal) replace(this.problem, err.message);
      return;
    }
    if (signal !== this.signal || signal.aborted || list.length === 0) return;
    const low = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80 || this.seen === 0;
    for (const m of list) {
      const old = this.messages.get(m.id);
      if (old && old.n >= m.n) continue;
      const el = this.draw(m);
      if (old) old.el.replaceWith(el);
      this.messages.set(m.id, { ...m, el });
      this.seen = Math.max(this.seen, m.n);
    }
    this.arrange();
    if (low) this.log.scrollTop = this.log.scrollHeight;
    this.onRead(this.chat.id, this.seen);
  }

  // arrange puts the messages in order: by time in a chat, by thread in a channel.
  arrange() {
    const all = [...this.messages.values()].sort((a, b) => (a.id.length - b.id.length) || (a.id < b.id ? -1 : 1));
    if (all.length === 0) {
      replace(this.log, h("p", { class: "empty" }, "Nothing here yet. Say hello, or pick a suggestion below."));
      return;
    }
    const nodes = [];
    let lastDay = "";
    const separate = (m) => {
      const d = dayName(m.at);
      if (d !== lastDay) nodes.push(this.part(`day ${d}`, () => h("p", { class: "day" }, d)));
      lastDay = d;
    };
    if (this.chat.kind !== "channel") {
      for (const m of all) separate(m), nodes.push(m.el);
    } else {
      for (const root of all.filter((m) => !m.thread || m.thread === m.id)) {
        separate(root);
        const post = this.part(`post ${root.id}`, () => h("article", { class: "post", "aria-label": `Post by ${root.name}` }));
        const reply = this.part(`reply ${root.id}`, () => h("button", { type: "button", class: "reply", "data-testid": `reply-${root.id}`, onclick: () => this.replyTo(root) }, "Reply"));
        const replies = all.filter((m) => m.thread === root.id && m.id !== root.id);
        sync(post, [root.el, ...replies.map((m) => m.el), reply]);
        nodes.push(post);
      }
    }
    sync(this.log, nodes);
  }

  // part keeps the nodes around the messages, so that they stay in place.
  part(key, make) {
    if (!this.parts.has(key)) this.parts.set(key, make());
    return this.parts.get(key);
  }

  draw(m) {
    const mine = m.from === this.person.key;
    const bot = m.from === "bot";
    const channel = this.chat.kind === "channel";
    const faced = !mine || channel;
    const body = h("div", { class: "bubble" });
    if (m.deleted) body.append(h("p", { class: "deleted" }, "This message has been deleted."));
    if (m.text) body.append(h("div", { class: "text", "data-testid": "text" }, bot && m.format === "markdown" ? markdown(m.text) : h("p", { class: "plain-text" }, channel && !bot && [h("span", { class: "mention" }, "Muster"), " "], m.text)));
    for (const f of m.files ?? []) body.append(h("a", { class: "file", href: `/sandbox/files/${f.id}/${encodeURIComponent(f.name)}` }, f.name));
    if (m.asks) body.append(renderAsk(m, this.person.key, () => this.refresh()));
    if (m.card) body.append(renderCard(m, this.person.key, () => this.refresh()));
    return h(
      "div",
      { class: `message ${mine ? "mine" : "theirs"}${m.card ? " has-card" : ""}`, "data-testid": "message", "data-id": m.id, "data-from": m.from },
      faced && avatar(m.name, bot),
      h("div", { class: "message-main" },
        h("p", { class: "meta" }, faced && h("b", {}, m.name), h("time", { dateTime: m.at, title: when(m.at) }, clockTime(m.at)), m.updated && h("span", {}, "Edited")),
        body,
        m.failed && h("p", { class: "failed", role: "alert" }, "Not delivered: the bot did not answer.")),
    );
  }

  drawHints() {
    const list = hints[this.person.role] ?? hints.none;
    replace(this.hints, this.person.account === "enabled" && list.map((t) =>
      h("button", { type: "button", class: "hint", "data-testid": `hint-${t}`, onclick: () => ((this.text.value = t), this.text.focus(), this.grow()) }, t)));
  }

  replyTo(root) {
    this.thread = root?.id ?? null;
    this.replying.hidden = !root;
    if (!root) return;
    replace(this.replying, `Replying to ${root.name}, ${clockTime(root.at)}`,
      h("button", { type: "button", class: "plain", "aria-label": "Stop replying", onclick: () => this.replyTo(null) }, icon("close")));
    this.text.focus();
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 160)}px`;
  }

  async pickFile() {
    const f = this.file.files[0];
    if (!f) return;
    const bytes = new Uint8Array(await f.arrayBuffer());
    let raw = "";
    for (const b of bytes) raw += String.fromCharCode(b);
    this.upload = { name: f.name, base64: btoa(raw) };
    this.file.value = "";
    this.replying.hidden = false;
    replace(this.replying, `Attached: ${f.name}`,
      h("button", { type: "button", class: "plain", "aria-label": "Remove the file", onclick: () => ((this.upload = null), (this.replying.hidden = true)) }, icon("close")));
  }

  async send() {
    const text = this.text.value.trim();
    if (!text && !this.upload) return;
    const { person, chat, thread, upload, signal } = this;
    this.text.value = "";
    this.upload = null;
    this.replyTo(null);
    this.grow();
    replace(this.problem);
    this.typing.textContent = "Muster is typing …";
    const sending = post("/sandbox/say", { as: person.key, chat: chat.id, text, ...(thread && { thread }), ...(upload && { file: upload }) });
    try {
      await sending;
    } catch (err) {
      if (signal === this.signal) replace(this.problem, err instanceof Refused && err.status !== 502 ? err.message : "");
    }
    if (signal !== this.signal) return;
    this.typing.textContent = "";
    await this.refresh();
  }
}
