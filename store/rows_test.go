package store

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// What splitJSON takes apart is what the decoder reads, and what it leaves alone is not of our form.
func TestSplitJSON(t *testing.T) {
	ours := func(by flows.AccountID, text string) string {
		b, err := encodeBody(flows.Entry{By: by, Body: flows.Heard{Text: text}})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name, tt := range map[string]struct {
		row  string
		want bool
	}{
		"by somebody":            {ours("00000000-0000-4000-a000-000000000001", "hello"), true},
		"by Muster":              {ours("", "hello"), true},
		"a text like the form":   {ours("ada", `","body":{"by":"`), true},
		"an id with a quote":     {ours(`a"b`, "hello"), false},
		"an id with the form":    {ours(`a","body":`, "hello"), false},
		"spaces":                 {`{ "by":"ada","body":{}}`, false},
		"another order":          {`{"body":{},"by":"ada"}`, true}, // the body then is no JSON, which DecodeBody says
		"nothing":                {``, false},
		"an end and no more":     {`}`, false},
		"no body":                {`{"by":"ada"}`, false},
		"a body that is cut off": {`{"by":"ada","body":{`, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := splitJSON([]byte(tt.row))
			if ok != tt.want {
				t.Fatalf("taken apart = %v, want %v", ok, tt.want)
			}
			var want bodyJSON
			if !ok || json.Unmarshal([]byte(tt.row), &want) != nil || !json.Valid(got.Body) {
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-decoder +ours)\n%s", d)
			}
		})
	}
}
