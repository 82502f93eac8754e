package teams

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// PlaygroundOptions are what the Playground's endpoint is made of.
type PlaygroundOptions struct {
	// Tenant is given to every activity; the Playground's own is not a GUID.
	Tenant string
	// People maps what the Playground calls somebody, by its user id or its
	// directory id, to a directory id of ours.
	People  map[string]string
	Handler Handler
	Log     *slog.Logger
	Sorry   func(locale string) string
}

// NewPlaygroundEdge builds the endpoint for Microsoft's Agents Playground,
// which sends no tokens: whoever can reach it can be anybody. So it answers on
// loopback alone, sends people's words to loopback alone, and marks what it lets
// in as PlaygroundTrusted. It is for trying the bot on a simulated directory and
// must never stand before a real one.
func NewPlaygroundEdge(o PlaygroundOptions) (*Edge, error) {
	if guid(o.Tenant) == "" {
		return nil, fmt.Errorf("playground edge: tenant %q is not a GUID", o.Tenant)
	}
	people := make(map[string]string, len(o.People))
	for from, to := range o.People {
		if guid(to) == "" {
			return nil, fmt.Errorf("playground edge: %q stands for %q, which is not a GUID", from, to)
		}
		people[strings.ToLower(from)] = guid(to)
	}
	e := newEdge(EdgeOptions{Handler: o.Handler, Log: o.Log, Sorry: o.Sorry})
	e.adapter = newAdapter(Config{}, nil) // dispatch only: nobody is authenticated here
	e.door = playgroundDoor{tenant: guid(o.Tenant), people: people, hosts: serviceHosts{onlyLoop: true}}
	return e, nil
}

// playgroundDoor lets in what comes from this machine.
type playgroundDoor struct {
	tenant string
	people map[string]string
	hosts  serviceHosts
}

// knock wants a loopback peer that addressed us by a loopback name: a web page
// that was open in a browser here could otherwise reach us through a name of its
// own that points to loopback. What comes by a proxy is not from here either.
func (d playgroundDoor) knock(_ context.Context, r *http.Request) error {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !isLoopback(host) || !isLoopback(hostname(r.Host)) {
		return RefusedNotLocal
	}
	if r.Header.Get("Forwarded") != "" || r.Header.Get("X-Forwarded-For") != "" {
		return RefusedNotLocal
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !isLoopback(u.Hostname()) {
			return RefusedNotLocal
		}
	}
	return nil
}

func hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return strings.Trim(host, "[]")
}

func (d playgroundDoor) admit(_ context.Context, _ *http.Request, a *Activity) error {
	if _, err := d.hosts.parse(a.ServiceURL); err != nil {
		return errors.Join(RefusedNotLocal, err)
	}
	a.Tenant = d.tenant
	a.PlaygroundTrusted = true
	d.name(&a.From)
	for i := range a.MembersAdded {
		d.name(&a.MembersAdded[i])
	}
	for i := range a.MembersRemoved {
		d.name(&a.MembersRemoved[i])
	}
	for i := range a.Mentions {
		d.name(&a.Mentions[i].Person)
	}
	return nil
}

// name gives a person the directory id of ours that stands for them. The
// Playground's own directory ids have a digit too many and were dropped when
// the activity was decoded.
func (d playgroundDoor) name(p *Person) {
	for _, known := range []string{p.ID, p.AADObjectID} {
		if id, ok := d.people[strings.ToLower(known)]; ok && known != "" {
			p.AADObjectID = id
			return
		}
	}
}
