package soak

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// comeBack is how long a service manager waits before it starts a process that
// ended by itself.
const comeBack = time.Second

// patience is how long a process may take to start or to end.
const patience = 60 * time.Second

// process is a program that is kept running, as a service manager does.
type process struct {
	name  string
	files []string // that it writes, for a disk without room
	make  func() *exec.Cmd
	ready bool             // it says so with its first line
	out   io.Writer        // takes what it prints; may be nil
	ended func(all string) // told of an end that nobody asked for, with what it said

	mu     sync.Mutex
	cmd    *exec.Cmd
	gone   chan struct{} // closed when cmd has ended
	said   string        // the first line, where it is ready
	wanted bool
}

// start starts the process and, where it says so, waits until it is ready.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wanted {
		return nil
	}
	p.wanted = true
	return p.launch()
}

// launch is start with the lock held.
func (p *process) launch() error {
	cmd := p.make()
	first := &firstLine{next: p.out, seen: make(chan struct{})}
	var said tail
	cmd.Stdout, cmd.Stderr = first, &said
	if err := cmd.Start(); err != nil {
		return err
	}
	gone := make(chan struct{})
	p.cmd, p.gone = cmd, gone
	go func() {
		_ = cmd.Wait()
		close(gone)
		p.after(cmd, said.String())
	}()
	if !p.ready {
		return nil
	}
	select {
	case <-first.seen:
		p.said = strings.TrimSpace(first.text)
		return nil
	case <-gone:
		return nil // after starts it again
	case <-time.After(patience):
		return errors.New(p.name + " is not ready")
	}
}

// after brings back a process that ended by itself.
func (p *process) after(cmd *exec.Cmd, said string) {
	p.mu.Lock()
	asked := !p.wanted || p.cmd != cmd
	p.mu.Unlock()
	if asked {
		return
	}
	p.ended(said)
	time.Sleep(comeBack)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wanted && p.cmd == cmd {
		if err := p.launch(); err != nil {
			p.ended(err.Error())
		}
	}
}

// stop ends the process and waits until it has; a second signal kills it.
func (p *process) stop(sig os.Signal) {
	p.mu.Lock()
	p.wanted = false
	cmd, gone := p.cmd, p.gone
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	if cmd.Process.Signal(sig) != nil {
		_ = cmd.Process.Kill() // it has ended, or the system knows no such signal
	}
	select {
	case <-gone:
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		<-gone
	}
}

func (p *process) signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(sig)
	}
}

// pid is the number of the process now running, 0 for none.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || !p.wanted {
		return 0
	}
	return p.cmd.Process.Pid
}

// firstLine notices the first line that passes.
type firstLine struct {
	next io.Writer
	text string
	done bool
	seen chan struct{}
}

func (f *firstLine) Write(b []byte) (int, error) {
	if !f.done {
		f.text += string(b)
		if strings.Contains(f.text, "\n") {
			f.done = true
			close(f.seen)
		}
	}
	if f.next == nil {
		return len(b), nil
	}
	return f.next.Write(b)
}

// tail keeps the end of what a process said.
type tail struct{ text []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.text = append(t.text, b...)
	if n := len(t.text); n > 4000 {
		t.text = t.text[n-4000:]
	}
	return len(b), nil
}

func (t *tail) String() string { return string(bytes.TrimSpace(t.text)) }
