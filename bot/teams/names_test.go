package teams

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// clearly is what [clear] promises, by the slow way: the decoder's own tokens.
func clearly(raw []byte) bool {
	if !utf8.Valid(raw) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return true
	}
	return once(d, 0)
}

// once reads the rest of an object and reports whether no name stands in it twice.
func once(d *json.Decoder, depth int) bool {
	good := true
	var seen []string
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return good
		}
		good = good && !slices.ContainsFunc(seen, func(s string) bool { return strings.EqualFold(s, name) })
		seen = append(seen, name)
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return good
		}
		deep := depth+1 < deepest && (depth > 0 || !opaque(name))
		if value = bytes.TrimSpace(value); deep && len(value) > 0 && value[0] == '{' {
			in := json.NewDecoder(bytes.NewReader(value))
			if _, err := in.Token(); err == nil {
				good = once(in, depth+1) && good
			}
		}
	}
	return good
}

func TestClear(t *testing.T) {
	for raw, want := range map[string]bool{
		`{}`:                       true,
		`{"a":1,"b":2}`:            true,
		`{"a":1,"a":2}`:            false,
		`{"a":1,"A":2}`:            false,
		`{"a":1,"\u0061":2}`:       false,
		`{"from":{"id":1,"ID":2}}`: false,
		`{"channelData":{"tenant":{"id":1,"id":2}}}`:  false,
		`{"a":{"b":{"c":{"d":1,"d":2}}}}`:             true, // deeper than anything is read
		`{"value":{"a":1,"a":2},"text":"{\"a\""}`:     true, // a card's own
		`{"a":[{"b":1,"b":2}],"c":"}\"}"}`:            true,
		`{ "a" : { "b" : 1 } , "c" : [ ] , "a" : 1 }`: false,
		"{\"a\":\"\xff\"}":                            false,
	} {
		if got := clear([]byte(raw)); got != want || clearly([]byte(raw)) != want {
			t.Errorf("%s: %t, slowly %t, want %t", raw, got, clearly([]byte(raw)), want)
		}
	}
}

// FuzzClear holds that the quick walk finds what the slow one finds.
func FuzzClear(f *testing.F) {
	f.Add(wire(f, nil))
	f.Add(wire(f, map[string]any{"value": map[string]any{"x": []any{1, "}", map[string]any{}}}}))
	f.Add([]byte(`{"from":{"a":{"b":{"c":1,"c":2}},"A":3},"text":"\\\"","x":[{"y":1}],"\u0066rom":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var doc map[string]json.RawMessage
		if json.Unmarshal(raw, &doc) != nil {
			return
		}
		raw = bytes.TrimSpace(raw)
		if raw[0] != '{' {
			return
		}
		if got, want := clear(raw), clearly(raw); got != want {
			t.Errorf("%q: %t, want %t", raw, got, want)
		}
	})
}
