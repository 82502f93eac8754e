package teams

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// fileHosts are where Teams keeps what people send: SharePoint of the public cloud and the national ones, and the service that Microsoft
// downloads through. Names below them are a tenant's own.
var fileHosts = []string{".sharepoint.com", ".sharepoint.us", ".sharepoint-mil.us", ".sharepoint.cn", ".svc.ms"}

// Fetch reads a file that somebody sent, at most so many bytes of it. The address opens the file for whoever has it, so it gets no token
// of ours, follows no redirect, and is in no error. It must be Microsoft's, or of a host that the config names.
func (c *Connector) Fetch(ctx context.Context, address string, most int) ([]byte, error) {
	const op = "fetch file"
	u, err := c.hosts.file(address)
	if err != nil {
		c.log.ErrorContext(ctx, "file not fetched: its host is not allowed", slog.Any("error", err))
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, RefusedHost)
	}
	resp, err := c.files.Do(req)
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err // its text has the address
		}
		return nil, &Error{Op: op, Temporary: true, err: err}
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, int64(most)+1))
	err = errors.Join(err, resp.Body.Close())
	switch {
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		return nil, &Error{Op: op, Status: resp.StatusCode, Temporary: true}
	case resp.StatusCode != http.StatusOK:
		return nil, &Error{Op: op, Status: resp.StatusCode, NotFound: true}
	case err != nil:
		return nil, &Error{Op: op, Status: resp.StatusCode, Temporary: true, err: err}
	case len(b) > most:
		return nil, &Error{Op: op, Status: resp.StatusCode, TooBig: true}
	}
	return b, nil
}

// file returns the address of a file when it may be fetched, and otherwise an error that wraps [RefusedHost]. Unlike a service URL it has a
// query.
func (h serviceHosts) file(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: not a URL", RefusedHost)
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	switch {
	case u.User != nil || u.Fragment != "" || u.Opaque != "" || host == "":
	case isLoopback(host):
		if (u.Scheme == "http" || u.Scheme == "https") && (h.loopback[host] || h.loopback[net.JoinHostPort(host, port)]) {
			return u, nil
		}
	case u.Scheme != "https":
	case port != "" && port != "443":
		if h.https[net.JoinHostPort(host, port)] {
			return u, nil
		}
	case h.https[net.JoinHostPort(host, "443")]:
		return u, nil
	default:
		for _, suffix := range fileHosts {
			if strings.HasSuffix(host, suffix) && len(host) > len(suffix) {
				return u, nil
			}
		}
	}
	return nil, fmt.Errorf("%w: a file on %s://%s", RefusedHost, u.Scheme, u.Host)
}
