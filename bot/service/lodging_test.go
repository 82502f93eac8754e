package service_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"

	"muster/bot/service"
	"muster/flows"
)

// lodging is a process that is a House, of one world or several. Each world has its own Teams, Microsoft 365, disk and clock; the people in
// them have the same object ids, and all tokens are signed with one key, as Microsoft's are.
type lodging struct {
	all     []*world
	house   *service.House
	lives   map[*world]*life
	refuses func(w *world, pol *flows.Policy) error // what keeps a tenant from opening; nil: nothing
	log     noted
}

// lodge runs a test in virtual time with a process that serves a tenant for each setting.
func lodge(t *testing.T, settings []setting, tell func(t *testing.T, l *lodging)) {
	t.Helper()
	keys := signingKeys(t)
	synctest.Test(t, func(t *testing.T) {
		l := &lodging{}
		for _, s := range settings {
			w := makeWorld(t, s, keys)
			w.lodges = l
			l.all = append(l.all, w)
		}
		for _, w := range l.all {
			defer w.end()
		}
		tell(t, l)
	})
}

// begin installs the bot of every tenant.
func (l *lodging) begin() {
	for _, w := range l.all {
		w.begin()
	}
}

// life is the process, which starts when it is first needed, one of its tenants sees it.
func (l *lodging) life(w *world) *life {
	if l.house == nil {
		l.start(w.t)
	}
	return l.lives[w]
}

func (l *lodging) start(t *testing.T) {
	ctx, quit := context.WithCancel(context.WithoutCancel(t.Context()))
	l.lives = map[*world]*life{}
	var tenants []service.Tenant
	for _, w := range l.all {
		one := &life{w: w, ctx: ctx, quit: quit, ended: make(chan error, 1)}
		l.lives[w] = one
		tenants = append(tenants, service.Tenant{
			ID: w.tenant, App: w.app, Policy: func() (*flows.Policy, error) { return w.policy, nil },
			Options: func(pol *flows.Policy) (service.Options, error) {
				if l.refuses != nil {
					if err := l.refuses(w, pol); err != nil {
						return service.Options{}, err
					}
				}
				return one.parts(pol)
			},
		})
	}
	var err error
	if l.house, err = service.OpenHouse(ctx, slog.New(slog.NewTextHandler(&l.log, nil)), tenants...); err != nil {
		quit()
		t.Fatal(err)
	}
	front := l.house.Handler()
	for w, one := range l.lives {
		one.front, one.cases = front, l.house.Home(w.tenant)
	}
	ended := make(chan struct{})
	var result error
	go func() {
		defer close(ended)
		defer quit()
		result = l.house.Run(ctx)
	}()
	for _, one := range l.lives {
		go func() {
			<-ended
			one.ended <- result
		}()
	}
}

var errBroken = errors.New("the disk of this tenant is broken")
