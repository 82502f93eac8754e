// Package evidence is the tamper-evident log: what a leaf is, how leaves make
// a Merkle tree, how a checkpoint of the tree is signed, and how all of it is
// checked. It keeps nothing and opens no store, so that an auditor's copy of it
// checks a pack on a machine that has never seen one.
//
// # An entry
//
// An entry is a header, a body and a salt. The header holds no personal data;
// the body does, and can be erased together with the salt. What binds them is
// the commitment in the header:
//
//	commitment = SHA-256("muster body 1\n" || salt (32 random bytes) || body)
//
// Without the salt a commitment tells nothing about a body that could be
// guessed. The header is text, one field a line, each line ended by one newline:
//
//	muster entry 1
//	17                                            sequence: 0 for the first entry of the log
//	J-2026-0042                                   stream: the case or draft; "-" when the entry belongs to none
//	3                                             position: 1 for the first entry of the stream; 0 without a stream
//	access.approved.1                             kind
//	2026-03-02T09:30:00.000000001Z                time, UTC
//	5d8f1c0a9b3e47d2a6c4f0e1b2d3c4a5              actor: an opaque reference; "-" is Muster itself
//	q1Tz…                                         commitment, base64
//
// # The tree
//
// Leaves and nodes are hashed as RFC 6962 says: a leaf is SHA-256(0x00 || header),
// a node SHA-256(0x01 || left || right). The position in each header makes a
// left out entry of a stream visible to somebody who holds only that stream.
//
// # A checkpoint
//
// A checkpoint is a signed note (Ed25519) in the form of c2sp.org/tlog-checkpoint:
//
//	muster-log/ORIGIN
//	SIZE
//	ROOT, base64
//
//	— muster-log/ORIGIN SIGNATURE
//
// # What it proves
//
// Somebody who was given a checkpoint can tell whether a later log still
// contains exactly what that checkpoint covered. It does not prove that
// what was written is true, nor anything about entries after the last
// checkpoint that left the machine: who holds the signing key and the store
// can rewrite those. A pack cannot show that its newest entry is the newest of
// its case: who holds the signing key can leave out what came last.
//
// # A pack
//
// A pack is a zip of one form (packzip.go): nothing compressed, nothing between
// the files, all with one date, so that its bytes follow from its files. The
// file contents is a signed note:
//
//	muster pack 2
//	at 2026-03-02T09:30:00Z
//	stream J-2026-0042 41        the case, then the draft that led to it, each with its number of entries
//	stream D-0f1e2d3c4b5a 7
//	file SHA-256 NAME            every other file, in the order of the zip
//
// Packs of format 1 were compressed, held one stream and no earlier checkpoints.
// Package auditor checks packs a second time, for tests.
package evidence
