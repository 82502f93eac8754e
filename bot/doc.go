// Package bot is where people meet the business: it turns what Teams tells into turns of the engine, draws the engine's answers as cards,
// and keeps every card that was sent true. It decides nothing: who may do what, and what follows, is flows' to say.
package bot
