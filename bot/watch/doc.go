// Package watch sees how Muster does and says so to whoever runs it: figures for Prometheus (/metrics), a list of what must be well (/readyz),
// traces for an OpenTelemetry collector, and a word in IT's channel when the queue stands still.
//
// It decides nothing and stores nothing. What it says holds opaque ids, kinds and times, and never a name: figures hold no ids either, because
// each would be a line of its own for ever; only where one process serves several tenants they have the tenant's. A part that is watched works the same when nobody looks.
package watch
