package evidence

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Proven says in plain sentences what a good pack shows.
func (r PackReport) Proven() []string {
	what := number(r.Entries-r.OfDraft, "entry", "entries") + " of " + r.Stream
	if r.Draft != "" {
		what += " and " + number(r.OfDraft, "entry", "entries") + " of " + r.Draft + ", the draft that led to it,"
	}
	first := "In order and without a gap: " + what + " from " + said(r.First) + " to " + said(r.Last) + ". None between them is missing, put in, moved or changed. The checkpoint covers " + number64(r.Checkpoint.Size) + " of the log."
	if r.Whole {
		first = "Complete up to the checkpoint, which covers " + number64(r.Checkpoint.Size) + " of the log, and in order: " + what + " from " + said(r.First) + " to " + said(r.Last) + ". The pack has the header of every entry of the log, and none of the case is missing from it, the newest ones included."
	}
	out := []string{
		first,
		"Each text is the one that was bound into the log when it was written, and each entry has its place in the log.",
	}
	if r.Erased > 0 {
		out = append(out, number(r.Erased, "text was", "texts were")+" erased since; that the entries were made, when and in which order is still proven.")
	}
	if n := len(r.Earlier); n > 0 {
		out = append(out, "The log still begins with exactly what "+number(n, "earlier checkpoint", "earlier checkpoints")+" covered, the last of them "+number64(r.Earlier[n-1].Size)+".")
	}
	if r.Known > 0 {
		out = append(out, "The log goes on from the checkpoint that you brought along, which covers "+number64(r.Known)+".")
	}
	if len(r.Policies) > 0 {
		out = append(out, number(len(r.Policies), "policy", "policies")+" that the plans name by hash, byte for byte as then in force.")
	}
	if len(r.Files) > 0 {
		out = append(out, "The files to read are those that were signed with this pack: "+strings.Join(r.Files, ", ")+".")
	}
	return out
}

// NotProven says in plain sentences what a good pack does not show.
func (r PackReport) NotProven() []string {
	var out []string
	if r.OwnKey {
		out = append(out, "Whose key it is: the key came out of this pack. Compare it with the one that you were given by another way, or give that one with --key.")
	}
	if r.Known == 0 {
		out = append(out, "That nobody who holds the signing key and the store wrote the log anew before this pack was made. A checkpoint that you were sent earlier, given with --checkpoint, shows it for all that it covers.")
	} else if r.Younger > 0 {
		out = append(out, "That "+number(r.Younger, "entry", "entries")+" of this pack, younger than any earlier checkpoint, were not written anew before the pack was made by somebody who holds the signing key and the store.")
	}
	if !r.Whole {
		out = append(out, "That these are all entries of the case: somebody who holds the signing key could have left out the newest ones. A pack made with \"muster export --whole\" shows that none is missing; so do the store (muster verify DIR) and a later pack.")
	} else {
		out = append(out, "What was written about the case after the checkpoint.")
	}
	if len(r.NoPolicy) > 0 {
		out = append(out, number(len(r.NoPolicy), "policy", "policies")+" that the plans name by hash: this Muster did not keep them. Compare your own copy: "+strings.Join(r.NoPolicy, ", ")+".")
	}
	if len(r.Files) > 0 {
		out = append(out, "That the report says what the entries say: the same Muster wrote both. Where they differ, entries.jsonl counts.")
	}
	return append(out, "That what people and Microsoft 365 said to Muster was true, or that nothing happened which Muster was not told of.")
}

func said(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") }

func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func number64(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// Say is what a good pack shows and what not, for reading.
func (r PackReport) Say() string {
	say := "Verified: " + r.Stream + ". Nothing is wrong with this pack.\n\nWhat is proven:\n"
	for _, line := range r.Proven() {
		say += "- " + line + "\n"
	}
	say += "\nWhat is not:\n"
	for _, line := range r.NotProven() {
		say += "- " + line + "\n"
	}
	return say
}
