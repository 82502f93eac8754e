package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"muster/flows"
)

// Rare calls are made without the SDK's builders and models: those of calendars, drives and devices would make the program larger by
// megabytes and slower to compile by minutes, for a few fields each. They go through the same adapter, with all that it guards.

// request is one raw call: the path below the base URL, already escaped, and what belongs to it.
type request struct {
	method abstractions.HttpMethod
	path   string
	query  url.Values
	body   any // JSON; nil for none
}

func (c *Client) raw(r request) (*abstractions.RequestInformation, error) {
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	return c.rawAt(r, address)
}

func (c *Client) rawAt(r request, address string) (*abstractions.RequestInformation, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the address of the request cannot be read")
	}
	info := abstractions.NewRequestInformation()
	info.Method = r.method
	info.SetUri(*u)
	info.Headers.Add("Accept", "application/json")
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		info.SetStreamContentAndContentType(b, "application/json")
	}
	return info, nil
}

// send makes a raw call whose answer says nothing more than its status.
func (c *Client) send(ctx context.Context, op string, r request) error {
	return c.do(ctx, op, func(ctx context.Context) error {
		info, err := c.raw(r)
		if err != nil {
			return err
		}
		return c.adapter.SendNoContent(ctx, info, nil)
	})
}

// read makes a raw call and decodes its answer.
func read[T any](ctx context.Context, c *Client, op string, r request) (T, error) {
	return readAt[T](ctx, c, op, r, "")
}

func readAt[T any](ctx context.Context, c *Client, op string, r request, address string) (T, error) {
	var v T
	b, err := fetch(ctx, c, op, func(ctx context.Context) (any, error) {
		info, err := c.raw(r)
		if address != "" {
			info, err = c.rawAt(r, address)
		}
		if err != nil {
			return nil, err
		}
		return c.adapter.SendPrimitive(ctx, info, "[]byte", nil)
	})
	if err != nil {
		return v, err
	}
	text, _ := b.([]byte)
	if err := json.Unmarshal(text, &v); err != nil {
		return v, unreadable(op, "shape that is known") // the error of the decoder may quote the answer
	}
	return v, nil
}

// listed is a page of a raw list. An answer without the list is not an empty one.
type listed[T any] struct {
	Value *[]T   `json:"value"`
	Next  string `json:"@odata.nextLink"`
}

// listAll reads all pages of a raw list; at most limit rows when limit is not zero. A page that names itself as the next one is an error.
func listAll[T any](ctx context.Context, c *Client, op string, r request, limit int) ([]T, error) {
	var all []T
	address := ""
	for range maxPages {
		p, err := readAt[listed[T]](ctx, c, op, r, address)
		if err != nil {
			return nil, err
		}
		if p.Value == nil {
			return nil, unreadable(op, "list")
		}
		all = append(all, *p.Value...)
		if limit > 0 && len(all) >= limit {
			return all[:limit], nil
		}
		switch p.Next {
		case "":
			return all, nil
		case address:
			return nil, unreadable(op, "end")
		}
		address = p.Next
	}
	return nil, &flows.Error{Say: sayUnreadable, Err: fmt.Errorf("%s: more than %d pages", op, maxPages)}
}
