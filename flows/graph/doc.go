// Package graph does to Microsoft 365, and sees of it, what flows.World names: it is the only package that imports msgraph-sdk-go,
// and only the SDK's sub-packages that it needs, because compiling the root client takes twice as long.
//
// It refuses to be clever about writes. A POST is sent once; what its lost answer meant is found out by looking, which is the
// engine's work. Only reads, the idempotent PUT, PATCH and DELETE, and the end of sessions are sent again, at most twice, and only
// when Microsoft asks for a short wait. A longer wait goes back to the caller with its length.
//
// What an error says comes from this package's own innermost middleware (wire.go), not from the SDK: SDK errors lose the status of
// an HTML answer, hide the headers of a timed-out retry, and panic when printed. No error, and no log line, holds a token, a
// password, a name, an address or the text of an answer: an operator gets status, Graph's error code and the request ids, with which
// Microsoft's support and the tenant's own audit log can be searched.
//
// Nothing here verifies. A 204 proves that a request was taken, not that it had an effect: callers read back, and the reads below
// avoid queries that Graph answers from its lagging search index ("ConsistencyLevel: eventual").
package graph
