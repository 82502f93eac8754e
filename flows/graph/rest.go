package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"muster/flows"
)

// What the linked sub-packages of the SDK have no builder for goes over the same adapter as plain JSON: the same middlewares, the same
// judgement of what came back, and nothing to compile.

// rest sends one request and reads the answer into out, unless out is nil. at is the address below the base URL, its parts escaped, or the
// whole address of a next page; in is the body, nil for none. k may be nil.
func (c *Client) rest(ctx context.Context, op, method, at string, k *call, in, out any) error {
	if k == nil {
		k = &call{}
	}
	if !strings.HasPrefix(at, "http") {
		at = c.base + at
	}
	u, err := url.Parse(at)
	if err != nil {
		return &flows.Error{Code: flows.Internal, Say: sayUnsent, Err: errors.New(op + ": the address cannot be read")}
	}
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return &flows.Error{Code: flows.Internal, Say: sayUnsent, Err: errors.New(op + ": the body cannot be written")}
		}
	}
	var raw []byte
	err = c.run(ctx, op, k, func(ctx context.Context) error {
		ri := abstractions.NewRequestInformation()
		ri.Method = verbOf(method)
		ri.SetUri(*u)
		ri.Headers.Add("Accept", "application/json")
		if body != nil {
			ri.SetStreamContentAndContentType(body, "application/json")
		}
		answer, err := c.adapter.SendPrimitive(ctx, ri, "[]byte", nil)
		raw, _ = answer.([]byte)
		return err
	})
	if err != nil || out == nil {
		return err
	}
	if json.Unmarshal(raw, out) != nil { // not its text: it may quote the answer
		return unreadable(op, "JSON of the expected shape")
	}
	return nil
}

func verbOf(method string) abstractions.HttpMethod {
	switch method {
	case http.MethodPost:
		return abstractions.POST
	case http.MethodDelete:
		return abstractions.DELETE
	}
	return abstractions.GET
}

// asked writes query options, given in pairs. A space is %20: not every part of Graph takes a plus for one.
func asked(pairs ...string) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		parts = append(parts, pairs[i]+"="+strings.ReplaceAll(url.QueryEscape(pairs[i+1]), "+", "%20"))
	}
	return "?" + strings.Join(parts, "&")
}

// restPages reads a whole list, page by page.
func restPages[T any](ctx context.Context, c *Client, op, at string) ([]T, error) {
	all := []T{}
	for range maxPages {
		var page struct {
			Value *[]T   `json:"value"`
			Next  string `json:"@odata.nextLink"`
		}
		if err := c.rest(ctx, op, http.MethodGet, at, nil, nil, &page); err != nil {
			return nil, err
		}
		if page.Value == nil {
			return nil, unreadable(op, "list")
		}
		all = append(all, *page.Value...)
		if at = page.Next; at == "" {
			return all, nil
		}
	}
	return nil, &flows.Error{Say: sayUnreadable, Err: errors.New(op + ": more than a thousand pages")}
}

// clearer gives the refusals of one verb a sentence that says what it needs.
func clearer(err error, status int, say string) error {
	if f, ok := errors.AsType[*Failure](err); ok && f.Status == status {
		f.say = say
		return f.asError()
	}
	return err
}
