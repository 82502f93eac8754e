package flows

import (
	"strings"
	"testing"
)

// The text of a policy is kept once, when it comes into force, and the log says when that was.
func TestAdopt(t *testing.T) {
	o := newOffice(t)
	first := o.Policy
	changed, err := ParsePolicy("policy.yaml", append([]byte("# changed\n"), first.text...))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*Policy{first, first, changed, changed, first} {
		o.Policy = p
		if err := o.Adopt(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	recs, err := o.Store.Records(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var got []PolicyAdopted
	for _, r := range recs {
		if b, ok := r.Entry.Body.(PolicyAdopted); ok {
			got = append(got, b)
		}
	}
	want := []PolicyAdopted{{Policy: first.Hash()}, {Policy: changed.Hash(), Was: first.Hash()}, {Policy: first.Hash(), Was: changed.Hash()}}
	if len(got) != len(want) {
		t.Fatalf("adopted %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("adopted %v, want %v", got[i], want[i])
		}
	}
	for _, p := range []*Policy{first, changed} {
		text, err := o.Store.Recall(t.Context(), PolicyKey+p.Hash())
		if err != nil || string(text) != string(p.text) || !strings.Contains(string(text), "organisation") {
			t.Errorf("kept under its hash: %d bytes, %v", len(text), err)
		}
	}
}

// TestPolicyNews: the owners are told what another policy says otherwise, once, and not of a comment.
func TestPolicyNews(t *testing.T) {
	o := newOffice(t)
	text := string(o.Policy.text)
	if o.Policy.Channels.Owners == "" {
		t.Fatal("the office has no channel of owners")
	}
	var told []string
	adopt := func(text string) {
		t.Helper()
		p, err := ParsePolicy("policy.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		o.Policy = p
		if err := o.Adopt(t.Context()); err != nil {
			t.Fatal(err)
		}
		told = nil
		for _, er := range o.store.queue {
			if w, err := DecodeErrand[SayWork](er); err == nil && er.Kind == SayErrand && w.To.Channel == "owners" {
				told = append(told, w.Text)
			}
		}
	}
	adopt(text)
	adopt("# a comment\n" + text)
	if len(told) != 0 {
		t.Errorf("told of nothing: %q", told)
	}
	changed := strings.Replace(text, "aisha.khan@", "tom.hughes@", 1)
	adopt(changed)
	adopt(changed)
	if len(told) != 1 || !strings.Contains(told[0], "tom.hughes@") || !strings.Contains(told[0], "aisha.khan@") || strings.Contains(told[0], "and 1 more") {
		t.Errorf("told %q", told)
	}
}
