package teams

import (
	"log/slog"
	"net/http"
	"time"
)

// NewServer is an HTTP server with time limits that fit an [Edge]: a caller who
// dawdles over its headers or body is cut off, and an answer may take a little
// longer than the longest turn.
func NewServer(addr string, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10*time.Second + messageTime + 5*time.Second, // counted from the end of the headers
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    2 * tokenLimit,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
