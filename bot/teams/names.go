package teams

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// clear reports whether an activity can be read in one way only: it is UTF-8, and nothing that says who, where or which tenant stands in it
// twice. Of two names the decoder would take the later one, whatever its capitals, and whoever looked at the body before us the other.
//
// It walks over JSON that is known to be valid. What people wrote and cards sent (text, value, attachments, entities) is not looked into:
// nothing in there is believed.
func clear(raw []byte) bool {
	return utf8.Valid(raw) && (&names{raw: raw}).object(0)
}

// deepest is how far down the names count: channelData, its tenant, the tenant's id.
const deepest = 3

// names walks over a JSON document.
type names struct {
	raw []byte
	at  int
}

// object looks at the object that begins here and leaves the walk behind it.
func (n *names) object(depth int) bool {
	n.skipTo('{')
	var seen []string
	for {
		switch c := n.next(); c {
		case '}':
			return true
		case ',':
		case '"':
			name := n.text()
			for _, s := range seen {
				if strings.EqualFold(s, name) {
					return false
				}
			}
			seen = append(seen, name)
			n.skipTo(':')
			if !n.value(depth+1, depth == 0 && opaque(name)) {
				return false
			}
		default:
			return false // not the JSON that it was said to be
		}
	}
}

// opaque are the parts of an activity in which nothing is believed.
func opaque(name string) bool {
	switch strings.ToLower(name) {
	case "text", "value", "attachments", "entities":
		return true
	}
	return false
}

// value passes over one value, looking into objects that count.
func (n *names) value(depth int, skip bool) bool {
	for n.at < len(n.raw) && isSpace(n.raw[n.at]) {
		n.at++
	}
	if !skip && depth < deepest && n.at < len(n.raw) && n.raw[n.at] == '{' {
		return n.object(depth)
	}
	for open := 0; n.at < len(n.raw); {
		switch c := n.raw[n.at]; c {
		case '"':
			n.at++
			n.text()
			continue
		case '{', '[':
			open++
		case '}', ']':
			if open == 0 {
				return true // the end of what the value is in
			}
			open--
		case ',':
			if open == 0 {
				return true
			}
		}
		n.at++
	}
	return true
}

// text reads the string whose opening quote was just passed.
func (n *names) text() string {
	from, escaped := n.at, false
	for n.at < len(n.raw) {
		switch n.raw[n.at] {
		case '\\':
			escaped = true
			n.at++
		case '"':
			s := n.raw[from:n.at]
			n.at++
			if !escaped {
				return string(s)
			}
			var out string
			if json.Unmarshal(n.raw[from-1:n.at], &out) != nil {
				return string(s)
			}
			return out
		}
		n.at++
	}
	return ""
}

// next is the next byte that is no space; 0 at the end.
func (n *names) next() byte {
	for n.at < len(n.raw) {
		c := n.raw[n.at]
		n.at++
		if !isSpace(c) {
			return c
		}
	}
	return 0
}

func (n *names) skipTo(c byte) {
	for n.at < len(n.raw) {
		n.at++
		if n.raw[n.at-1] == c {
			return
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
