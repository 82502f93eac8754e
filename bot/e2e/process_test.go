package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// freePorts finds n addresses on loopback on which nobody listens.
func freePorts(n int) ([]string, error) {
	var held []net.Listener
	var all []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		held = append(held, l)
		all = append(all, l.Addr().String())
	}
	for _, l := range held {
		if err := l.Close(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// buffer collects what a process says while others read it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// process is a running muster.
type process struct {
	cmd      *exec.Cmd
	out, err buffer
	ready    chan struct{} // closed when the awaited line was printed
	ended    chan struct{} // closed when it has ended; result is set before
	result   error
}

// launch starts muster and waits until it prints a line with the words, on either stream, or ends.
func launch(ctx context.Context, dir, until string, env []string, args ...string) (*process, error) {
	cmd := exec.Command(built.binary, args...)
	cmd.Dir, cmd.Env = dir, env
	return begin(ctx, cmd, until)
}

// begin is launch for a command that stands.
func begin(ctx context.Context, cmd *exec.Cmd, until string) (*process, error) {
	p := &process{cmd: cmd, ready: make(chan struct{}), ended: make(chan struct{})}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	var once sync.Once
	var reading sync.WaitGroup
	read := func(from io.Reader, to *buffer) {
		lines := bufio.NewScanner(io.TeeReader(from, to))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if strings.Contains(lines.Text(), until) {
				once.Do(func() { close(p.ready) })
			}
		}
	}
	reading.Go(func() { read(stdout, &p.out) })
	reading.Go(func() { read(stderr, &p.err) })
	go func() {
		reading.Wait()
		p.result = p.cmd.Wait()
		close(p.ended)
	}()
	select {
	case <-p.ready:
		return p, nil
	case <-p.ended:
		return p, fmt.Errorf("%s ended before it was ready: %w\n%s%s", cmd.Args, p.result, p.out.String(), p.err.String())
	case <-ctx.Done():
		return p, errors.Join(ctx.Err(), p.kill())
	case <-time.After(time.Minute):
		return p, errors.Join(fmt.Errorf("%s is not ready after a minute\n%s%s", cmd.Args, p.out.String(), p.err.String()), p.kill())
	}
}

// kill ends the process as a power cut would.
func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.ended
	return nil
}

// stop ends the process as an operator would, and wants it to end well.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop: %w\n%s", err, p.err.String())
	}
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		return errors.Join(errors.New("muster does not stop"), p.kill())
	}
	if p.result != nil {
		return fmt.Errorf("stopped: %w\n%s", p.result, p.err.String())
	}
	return nil
}

// place is where a sandbox is: its folder and its addresses, which outlive a restart.
type place struct{ data, listen, bot, graph string }

func newPlace(data string) (place, error) {
	a, err := freePorts(3)
	if err != nil {
		return place{}, err
	}
	return place{data, a[0], a[1], a[2]}, nil
}

func (p place) client() client { return client{"http://" + p.listen} }

// start starts the sandbox of this place.
func (p place) start(ctx context.Context, env []string, more ...string) (*process, error) {
	args := []string{"sandbox", "--no-open", "--data", p.data, "--listen", p.listen, "--bot-listen", p.bot, "--graph-listen", p.graph}
	return launch(ctx, "", "sandbox ready http://"+p.listen, env, append(args, more...)...)
}
