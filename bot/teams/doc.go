// Package teams is the edge at which Muster speaks the Bot Framework protocol
// with Microsoft Teams. Inbound, an [Edge] checks who is calling, decodes the
// activity and hands it to a [Handler]. Outbound, a [Connector] creates chats,
// sends, updates and deletes messages and reads rosters, at the pace Teams
// allows and with the retries that are safe.
//
// It refuses to know anything about people events, cards or the store: it does
// not remember which activities it has seen (the Handler does, in the commit of
// their effect), does not decide who may do what, and never acts twice on an
// answer it did not get.
//
// Everything fails closed. There is no way to switch the token check off in an
// Edge; the Agents Playground, which sends no tokens, has a constructor of its
// own that answers on loopback only.
package teams
