// Package store keeps what Muster must not lose: the log of entries, which is
// the evidence, the cases that are its fold, the queue of errands, and small
// memos. It implements flows.Store over a byte map (package kv).
//
// It decides nothing: what an entry means is flows' business. Nothing is
// written but by Commit, which stores a change whole or not at all, by Forget,
// and by Checkpoint. Commits that wait at the same time share one transaction
// and one sync of the disk, each with its own outcome.
//
// # Rows
//
// Numbers are 8 bytes, big-endian, so that they sort; 00 is a zero byte; | joins.
// The letters are stored for ever.
//
//	a/log                      JSON: origin and public key of the log, since when
//	a/head                     size of the log | its root (32) | last generation of an errand
//	a/actors                   secret (32) that turns account ids into opaque references
//	a/checkpoint               last signed checkpoint
//	a/keys                     what the old and the new key signed at each change of key, one after the other
//	b/SEQ                      body: 1 | salt (32) | JSON {by, body}, or when it was erased 0 | SEQ of the entry that says so
//	c/CASE                     case: version | JSON, the fold of its entries
//	e/ERRAND                   errand: generation | place in the queue (9) | length of the JSON (4) | JSON of all but the body | body
//	i/KEY 00 CASE              index of cases by flows.Case.Keys; no value
//	l/SEQ                      leaf: hashes of the tree (32 each, evidence.HashesOf(SEQ) of them) | header
//	n/STREAM                   number of entries in the stream
//	p/KEY                      memo
//	q/LANE DUE ERRAND          queue: generation of the errand; LANE is one byte, 0 urgent, 1 not; DUE nanoseconds since 1970
//	r/LETTER-YEAR              highest number of a case reference in use
//	s/STREAM 00 POSITION       SEQ of the entry at that position, from 1
//	t/DAY TURN                 a handled turn; DAY is 4 bytes, days since 1970; no value
//
// # Files beside the database
//
//	signing.key                the private key of the checkpoints, mode 0600
//	signing.key.next           the new one, while the key is being changed
//	checkpoint                 the last signed checkpoint, also when the database was put back to an older state
package store
