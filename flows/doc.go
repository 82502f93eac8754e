// Package flows is the business of Muster: people events, cases, plans, decisions, policy, and the engine that runs them.
// It decides; it draws no cards, speaks no protocol and opens no file. It imports nothing else of Muster.
//
// # Glossary
//
//   - People event: joiner, mover, leaver, leave or rename. The subject is the person it is about.
//   - Draft: a people event that HR is still writing down. It becomes a case when HR confirms it.
//   - Case: one people event from HR's confirmation to closed, with a reference such as J-2026-0042.
//   - HR raises and confirms; the manager confirms access; an approver signs off elevated access; IT operates; the owner answers for the process.
//   - Entitlement: one thing a person can hold. Birthright is what everybody gets, a job profile what a job gets; elevated needs an approver.
//   - Plan: the ordered steps of a case. A decision is bound to the hash of the plan that was shown.
//   - Step: one action of a plan, made by a task. It is done when it was seen, not when it was sent.
//   - Entry: one line of the evidence log. A case is the fold of its entries.
//   - Errand: one line of the queue, something to do at a time: send a card, run a step, remind.
//   - Slot: one card in one chat, kept true for as long as the case lives.
package flows
