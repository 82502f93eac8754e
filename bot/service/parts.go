package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"time"
)

// Together runs parts until one fails or ctx ends, stops the others and waits for all of them.
func Together(ctx context.Context, parts ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part(ctx) }()
	}
	var all error
	for range parts {
		err := <-ended
		all = errors.Join(all, err)
		cancel()
	}
	return all
}

// Listen takes the server's address now, so that whoever is told of it is answered, and gives the part that serves HTTP until ctx ends and
// then lets requests in hand finish.
func Listen(srv *http.Server) (func(context.Context) error, error) {
	l, err := net.Listen("tcp", srv.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return func(ctx context.Context) error {
		ended := make(chan error, 1)
		go func() { ended <- srv.Serve(l) }()
		select {
		case err := <-ended:
			return fmt.Errorf("serve %s: %w", srv.Addr, err)
		case <-ctx.Done():
		}
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := srv.Shutdown(grace); err != nil {
			return errors.Join(fmt.Errorf("stop %s: %w", srv.Addr, err), srv.Close())
		}
		return nil
	}, nil
}

// Patient is a server for the sandbox's own parts, whose answers may take as long as a clock that is moved by weeks.
func Patient(addr string, h http.Handler) *http.Server {
	return &http.Server{Addr: addr, Handler: h, ReadHeaderTimeout: 10 * time.Second}
}

// SpendMemory trades memory for processor time: a turn leaves much garbage and little behind, so collecting it a quarter as often gives a
// fifth more turns (bot/load/FIGURES.md) for some 15 MB. The limit keeps that from mattering in a large store. Go's own variables win.
func SpendMemory(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(512 << 20)
	}
}
