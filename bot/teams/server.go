package teams

import (
	"container/list"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// mostConnections are open at a time. One that waits costs some 20 KB.
const mostConnections = 4096

// NewServer is an HTTP server with limits that fit an [Edge]: a caller who
// dawdles over its headers or body is cut off, an answer may take a little
// longer than the longest turn, and when too many are connected those go that
// have waited longest without asking anything.
func NewServer(addr string, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10*time.Second + messageTime + 5*time.Second, // counted from the end of the headers
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    2 * tokenLimit,
		ConnState:         newCrowd(mostConnections).is,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// crowd bounds how many connections a server has. Who asks something is never
// sent away for others, so a healthy caller is served however many hold
// connections open: its headers come at once, and theirs do not.
type crowd struct {
	most int

	mu      sync.Mutex
	at      map[net.Conn]*list.Element // every open connection, nil while it asks; guarded by mu
	waiting list.List                  // those that ask nothing just now, longest first; guarded by mu
}

func newCrowd(most int) *crowd { return &crowd{most: most, at: map[net.Conn]*list.Element{}} }

// is keeps what a connection is doing, and makes room.
func (c *crowd) is(conn net.Conn, s http.ConnState) {
	if gone := c.note(conn, s); gone != nil {
		if err := gone.Close(); err != nil {
			return // closed by the other side just now, which is as good
		}
	}
}

// note returns the connection that has to go, if there is one.
func (c *crowd) note(conn net.Conn, s http.ConnState) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.at[conn]; e != nil {
		c.waiting.Remove(e)
	}
	switch s {
	case http.StateNew, http.StateIdle:
		c.at[conn] = c.waiting.PushBack(conn)
	case http.StateActive:
		c.at[conn] = nil
	case http.StateHijacked, http.StateClosed:
		delete(c.at, conn)
	}
	if len(c.at) <= c.most {
		return nil
	}
	e := c.waiting.Front()
	if e == nil {
		return nil // all of them ask, which ends: each has its time limit, and nobody new gets this far
	}
	gone, _ := c.waiting.Remove(e).(net.Conn)
	delete(c.at, gone)
	return gone
}
