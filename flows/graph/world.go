package graph

import (
	"fmt"
	"strings"

	"muster/flows"
)

func refuse(say string) error { return &flows.Error{Code: flows.Invalid, Say: say} }

func missing(say string) error { return &flows.Error{Code: flows.NotFound, Say: say} }

// unreadable is a good status with an answer that lacks what it must have. Trying for ever would not mend it, so it is nobody's
// "later".
func unreadable(op, lacks string) error {
	return &flows.Error{Code: flows.Internal, Say: sayUnreadable, Err: fmt.Errorf("%s: the answer has no %s", op, lacks)}
}

// ref is the address of a directory object as a $ref body holds it.
func (c *Client) ref(id string) *string {
	s := c.base + "/directoryObjects/" + id
	return &s
}

// quoted is a string literal of an OData filter.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// guid reports whether s is an object id.
func guid(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		switch i {
		case 8, 13, 18, 23:
			if r != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdefABCDEF", r) {
				return false
			}
		}
	}
	return true
}

// str is the text behind an optional property.
func str(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func yes(p *bool) bool { return p != nil && *p }

// given is a pointer to s, nil when s is empty, so that an empty property is not sent: Graph refuses empty strings.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
