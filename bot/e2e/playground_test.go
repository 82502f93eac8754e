package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// playground is where Microsoft's Agents Playground takes the bot's answers. It is fixed, and lies among those that
// a system gives to connections that go out.
const playground = "127.0.0.1:56150"

type heardKey struct{}

// connector: stands in for Agents Playground, which believes the bot as the bot believes it, and keeps what it is sent.
func connectorCmd(ts *testscript.TestScript, r *rig, _ []string) error {
	l, err := listenPlayground()
	if err != nil {
		return err
	}
	heard := make(chan string, 16)
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		b, err := io.ReadAll(q.Body)
		if err != nil || !strings.HasPrefix(q.URL.Path, "/_connector/v3/conversations") {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		select {
		case heard <- string(b):
		default: // more than anybody asks about
		}
		w.Header().Set("Content-Type", "application/json")
		if _, err := io.WriteString(w, `{"id":"1"}`); err != nil {
			return // the bot has gone
		}
	})}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	ts.Defer(func() {
		if err := errors.Join(srv.Close(), <-ended); !errors.Is(err, http.ErrServerClosed) {
			ts.Logf("the Playground's stand-in: %v", err)
		}
	})
	r.env.Values[heardKey{}] = heard
	return nil
}

// listenPlayground waits for the port: somebody's connection may have been given it for a while.
func listenPlayground() (net.Listener, error) {
	every := time.NewTicker(100 * time.Millisecond)
	defer every.Stop()
	patience := time.NewTimer(3 * time.Minute)
	defer patience.Stop()
	for {
		l, err := net.Listen("tcp", playground)
		if err == nil {
			return l, nil
		}
		select {
		case <-every.C:
		case <-patience.C:
			return nil, fmt.Errorf("the Playground's port is taken: %w", err)
		}
	}
}

// heard REGEXP: waits until the Playground was sent something that matches.
func heardCmd(ts *testscript.TestScript, _ *rig, args []string) error {
	re, err := regexp.Compile(args[0])
	if err != nil {
		return err
	}
	heard, ok := ts.Value(heardKey{}).(chan string)
	if !ok {
		return errors.New("there is no connector")
	}
	patience := time.NewTimer(20 * time.Second)
	defer patience.Stop()
	var all []string
	for {
		select {
		case text := <-heard:
			if re.MatchString(text) {
				return nil
			}
			all = append(all, text)
		case <-patience.C:
			return fmt.Errorf("not heard among:\n%s", strings.Join(all, "\n"))
		}
	}
}
