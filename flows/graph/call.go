package graph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"syscall"
	"time"

	"github.com/google/uuid"
)

// callTimeout is for one request with its retries. The SDK's own limit of 100 seconds would hold up a card in a chat.
const callTimeout = 20 * time.Second

// do sends one request by f and turns what became of it into nil or a flows.Error. op is the verb and object as an operator reads
// them; it names no person.
func (c *Client) do(ctx context.Context, op string, f func(context.Context) error) error {
	return c.run(ctx, op, &call{}, f)
}

// fetch is do for a request that must bring an answer.
func fetch[T any](ctx context.Context, c *Client, op string, f func(context.Context) (T, error)) (T, error) {
	return fetchBy(ctx, c, op, &call{}, f)
}

func fetchBy[T any](ctx context.Context, c *Client, op string, k *call, f func(context.Context) (T, error)) (T, error) {
	var answer T
	err := c.run(ctx, op, k, func(ctx context.Context) (err error) {
		if answer, err = f(ctx); err == nil && any(answer) == nil {
			err = errEmpty
		}
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return answer, nil
}

var errEmpty = errors.New("the answer is empty")

func (c *Client) run(ctx context.Context, op string, k *call, f func(context.Context) error) (err error) {
	k.id = uuid.NewString()
	ended := c.watch(ctx, op)
	defer func() { ended(k.seen(err)) }()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	start := c.now()
	err = guarded(context.WithValue(ctx, callKey{}, k), f)
	last, answered := k.last()
	c.log.DebugContext(ctx, "graph call", slog.String("op", op), slog.Int("status", last.status), slog.String("code", last.code),
		slog.String("request_id", last.requestID), slog.String("client_request_id", k.id), slog.Int("tries", len(k.attempts)),
		slog.Duration("took", c.now().Sub(start)))
	if err == nil && answered && last.status < 300 {
		return nil
	}
	return k.failure(op, err).asError()
}

// last is the last attempt, if it was answered.
func (k *call) last() (attempt, bool) {
	if len(k.attempts) == 0 {
		return attempt{}, false
	}
	a := k.attempts[len(k.attempts)-1]
	return a, a.status != 0
}

// guarded keeps the SDK's panics inside: its models panic on a property of an unexpected shape, its errors when printed.
func guarded(ctx context.Context, f func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the SDK panicked with a %T", p) // not its text: it may quote the answer
		}
	}()
	return f(ctx)
}

// networkCause is the part of err that is safe to keep: nothing that quotes an address, a query or an answer. It is nil for
// what is neither the network nor a context nor ours.
func networkCause(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the connection was closed without a whole answer")
	case errors.Is(err, syscall.ECONNREFUSED):
		return syscall.ECONNREFUSED
	case errors.Is(err, syscall.ECONNRESET):
		return syscall.ECONNRESET
	}
	if n, ok := errors.AsType[net.Error](err); ok {
		return fmt.Errorf("the network failed with a %T", n)
	}
	return nil
}
