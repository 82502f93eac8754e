// The question whether a file may be put into one's OneDrive, drawn by Teams itself.
import { post, Refused } from "./api.js";
import { h } from "./dom.js";

const units = (n) => (n < 1024 ? `${n} bytes` : n < 1024 * 1024 ? `${Math.round(n / 1024)} KB` : `${(n / 1024 / 1024).toFixed(1)} MB`);

// renderAsk draws the question for one person. after is called when it has been answered.
export function renderAsk(message, as, after) {
  const { name, description, size, answered } = message.asks;
  const note = h("p", { class: "strip", role: "status", "aria-live": "polite" });
  const box = h("div", { class: "ask", "data-testid": "file-ask" });
  const answer = (button) => async () => {
    box.inert = true;
    try {
      const out = await post("/sandbox/press", { as, message: message.id, button });
      if (out.error) note.textContent = out.error;
    } catch (err) {
      note.textContent = err instanceof Refused ? err.message : "Something went wrong. Please try again.";
    } finally {
      box.inert = false;
      after();
    }
  };
  box.append(
    h("p", { class: "ask-name" }, name),
    h("p", {}, description),
    h("p", { class: "quiet-text" }, `${units(size)} · will be put into your OneDrive`),
    answered
      ? h("p", { class: "quiet-text" }, answered === "Allow" ? "You allowed this." : "You declined this.")
      : h("div", { class: "buttons" },
        h("button", { type: "button", class: "primary", "data-testid": "button-Allow", onclick: answer("Allow") }, "Allow"),
        h("button", { type: "button", "data-testid": "button-Decline", onclick: answer("Decline") }, "Decline")),
    note);
  return box;
}
