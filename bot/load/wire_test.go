package load

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// wire is one connection to the bot that is kept open. It writes HTTP by hand: the client of net/http would take as much processor time as
// the bot, on the processors that they share.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	head string // up to the content length
	out  []byte
}

// turnTime is how long a turn may take before the run is given up.
const turnTime = 30 * time.Second

func (b *bot) dial() (*wire, error) {
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		return nil, fmt.Errorf("reach the bot: %w", err)
	}
	return &wire{
		conn: conn, in: bufio.NewReader(conn),
		head: "POST /api/messages HTTP/1.1\r\nHost: " + b.addr + "\r\nAuthorization: Bearer " + b.bearer +
			"\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ",
	}, nil
}

// post sends an activity and returns the body of a 200.
func (w *wire) post(activity []byte) ([]byte, error) {
	w.out = append(w.out[:0], w.head...)
	w.out = strconv.AppendInt(w.out, int64(len(activity)), 10)
	w.out = append(append(w.out, "\r\n\r\n"...), activity...)
	if err := w.conn.SetDeadline(time.Now().Add(turnTime)); err != nil {
		return nil, err
	}
	if _, err := w.conn.Write(w.out); err != nil {
		return nil, err
	}
	res, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if err == nil {
		err = res.Body.Close()
	}
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the bot answered %d", res.StatusCode)
	}
	return body, err
}
