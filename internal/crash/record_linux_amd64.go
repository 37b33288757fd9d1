package crash

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Recorder watches folders while processes work in them, and writes down in one
// order everything they do there. It follows each thread of each process with
// ptrace: nothing needs to be installed, and nothing in the process knows.
type Recorder struct {
	roots []string

	mu  sync.Mutex
	ops []Op
	err error
}

// NewRecorder watches the folders; an operation's Side is the folder's index.
func NewRecorder(roots ...string) (*Recorder, error) {
	r := &Recorder{}
	for _, root := range roots {
		real, err := filepath.EvalSymlinks(root)
		if err != nil {
			return nil, err
		}
		r.roots = append(r.roots, real)
	}
	return r, nil
}

// Ops returns what was done up to now. An error tells that something was done
// of which the model knows nothing.
func (r *Recorder) Ops() ([]Op, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.ops), r.err
}

// Mark notes in the record that a person was told something.
func (r *Recorder) Mark(what string) { r.add(Op{Kind: Mark, Side: -1, Name: what}) }

func (r *Recorder) add(o Op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, o)
}

func (r *Recorder) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = errors.Join(r.err, err)
}

// Process is one recorded process.
type Process struct {
	pid    int
	status syscall.WaitStatus
	err    error
	ended  chan struct{}
}

// ErrForbidden tells that this system lets nobody trace.
var ErrForbidden = errors.New("crash: tracing is not allowed here")

// Start starts a program whose operations are recorded. Its output goes to out.
func (r *Recorder) Start(argv, env []string, out *os.File) (*Process, error) {
	p := &Process{ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Only the thread that started a process may follow it.
		runtime.LockOSThread()
		defer close(p.ended)
		t := &tracer{r: r, main: p, inside: map[int]*call{}}
		err := t.start(argv, env, out)
		started <- err
		if err == nil {
			p.err = t.follow()
		}
	}()
	return p, <-started
}

// Stop asks the process to end, and waits for it.
func (p *Process) Stop() { p.signal(syscall.SIGTERM) }

// Kill kills the process and waits for its end.
func (p *Process) Kill() { p.signal(syscall.SIGKILL) }

func (p *Process) signal(sig syscall.Signal) {
	select {
	case <-p.ended: // the number may be another's by now
	default:
		_ = syscall.Kill(p.pid, sig)
		<-p.ended
	}
}

// Wait waits for the end and returns the exit code, -1 after a signal.
func (p *Process) Wait() (int, error) {
	<-p.ended
	return p.status.ExitStatus(), p.err
}

// tracer follows one process, on one thread.
type tracer struct {
	r      *Recorder
	main   *Process
	inside map[int]*call // by thread, known ones; nil between two calls
}

// call is a system call under way.
type call struct {
	no   uint64
	args [6]uint64
	op   *Op
}

// Wait flags and options that package syscall does not name.
const (
	waitThreads  = 0x40000000 | 0x20000000 // __WALL | __WNOTHREAD: all of this thread's tracees, nobody else's
	optExitKill  = 0x00100000
	syscallStop  = syscall.SIGTRAP | 0x80
	traceOptions = syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | optExitKill
)

// opens tells with which flags the call opens a file.
func (c *call) opens() (flags uint64, ok bool) {
	switch c.no {
	case syscall.SYS_OPENAT:
		return c.args[2], true
	case syscall.SYS_OPEN:
		return c.args[1], true
	}
	return 0, false
}

func (t *tracer) start(argv, env []string, out *os.File) error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	proc, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Env: env, Files: []*os.File{null, out, out},
		Sys: &syscall.SysProcAttr{Ptrace: true}})
	if errors.Is(err, syscall.EPERM) {
		return errors.Join(ErrForbidden, err)
	}
	if err != nil {
		return err
	}
	t.main.pid = proc.Pid
	defer proc.Release()
	var ws syscall.WaitStatus
	if _, err := wait(proc.Pid, &ws); err != nil {
		return err
	}
	if err := syscall.PtraceSetOptions(proc.Pid, traceOptions); err != nil {
		return errors.Join(ErrForbidden, err)
	}
	t.inside[proc.Pid] = nil
	return syscall.PtraceSyscall(proc.Pid, 0)
}

func wait(pid int, ws *syscall.WaitStatus) (int, error) {
	for {
		tid, err := syscall.Wait4(pid, ws, waitThreads, nil)
		if err != syscall.EINTR {
			return tid, err
		}
	}
}

// follow lets the process run from stop to stop until it has ended.
func (t *tracer) follow() error {
	for {
		var ws syscall.WaitStatus
		tid, err := wait(-1, &ws)
		if err != nil {
			return fmt.Errorf("crash: wait: %w", err)
		}
		if !ws.Stopped() {
			if c := t.inside[tid]; c != nil && c.op != nil {
				t.r.fail(fmt.Errorf("crash: a thread ended in the middle of %q: nobody knows whether it happened", c.op))
			}
			delete(t.inside, tid)
			if tid == t.main.pid { // reported after all its threads
				t.main.status = ws
				return nil
			}
			continue
		}
		// A thread that has been killed meanwhile cannot be resumed: its end is next.
		if err := syscall.PtraceSyscall(tid, t.stopped(tid, ws)); err != nil && err != syscall.ESRCH {
			return fmt.Errorf("crash: resume: %w", err)
		}
	}
}

// stopped deals with a stop and returns the signal to hand on.
func (t *tracer) stopped(tid int, ws syscall.WaitStatus) int {
	sig := ws.StopSignal()
	under, known := t.inside[tid]
	switch {
	case sig == syscallStop && under == nil:
		t.inside[tid] = t.enter(tid)
	case sig == syscallStop:
		t.leave(tid, under)
		t.inside[tid] = nil
	case sig == syscall.SIGTRAP: // a clone, or the exec
	case sig == syscall.SIGSTOP && !known:
		t.inside[tid] = nil
	default:
		return int(sig)
	}
	return 0
}

func (t *tracer) enter(tid int) *call {
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(tid, &regs); err != nil {
		return &call{}
	}
	c := &call{no: regs.Orig_rax, args: [6]uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10, regs.R8, regs.R9}}
	if flags, opens := c.opens(); opens && flags&(syscall.O_WRONLY|syscall.O_RDWR|syscall.O_CREAT) == 0 {
		return c // to read only
	}
	op, err := t.read(tid, c)
	if err != nil {
		t.r.fail(fmt.Errorf("crash: call %d: %w", c.no, err))
	}
	c.op = op
	return c
}

// leave records the operation if it came to pass.
func (t *tracer) leave(tid int, c *call) {
	if c.op == nil {
		return
	}
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(tid, &regs); err != nil {
		return
	}
	done := int64(regs.Rax)
	if done < 0 {
		return
	}
	if c.op.Kind == Write {
		c.op.Data = c.op.Data[:done]
	}
	t.r.add(*c.op)
	if flags, opens := c.opens(); opens && flags&syscall.O_TRUNC != 0 {
		t.r.add(Op{Kind: Truncate, Side: c.op.Side, Name: c.op.Name})
	}
}

// Calls that package syscall does not name.
const (
	sysRenameat2     = 316
	sysCopyFileRange = 326
	sysPwritev2      = 328
)

// read turns a call into an operation, nil where it touches no watched folder.
func (t *tracer) read(tid int, c *call) (*Op, error) {
	switch c.no {
	case syscall.SYS_OPENAT:
		return t.named(tid, Open, c.args[0], c.args[1])
	case syscall.SYS_OPEN:
		return t.named(tid, Open, cwd, c.args[0])
	case syscall.SYS_UNLINK:
		return t.named(tid, Remove, cwd, c.args[0])
	case syscall.SYS_UNLINKAT:
		return t.named(tid, Remove, c.args[0], c.args[1])
	case syscall.SYS_RENAMEAT, sysRenameat2:
		return t.renamed(tid, c.args)
	case syscall.SYS_FSYNC, syscall.SYS_FDATASYNC:
		return t.opened(tid, Sync, c.args[0])
	case syscall.SYS_FTRUNCATE:
		op, err := t.opened(tid, Truncate, c.args[0])
		if op != nil {
			op.Off = int64(c.args[1])
		}
		return op, err
	case syscall.SYS_PWRITE64:
		return t.written(tid, c, int64(c.args[3]))
	case syscall.SYS_WRITE:
		return t.appended(tid, c)
	case syscall.SYS_MMAP:
		if c.args[3]&syscall.MAP_SHARED == 0 || c.args[2]&syscall.PROT_WRITE == 0 {
			return nil, nil
		}
		return t.unknown(tid, "mmap", c.args[4])
	case syscall.SYS_WRITEV, syscall.SYS_PWRITEV, sysPwritev2, syscall.SYS_FALLOCATE, syscall.SYS_SENDFILE:
		return t.unknown(tid, "call", c.args[0])
	case sysCopyFileRange, syscall.SYS_SPLICE:
		return t.unknown(tid, "copy", c.args[2])
	case syscall.SYS_CREAT, syscall.SYS_TRUNCATE, syscall.SYS_RENAME, syscall.SYS_LINK, syscall.SYS_SYMLINK:
		op, err := t.named(tid, Open, cwd, c.args[0])
		if op != nil {
			err = fmt.Errorf("%s: nobody models this call", op.Name)
		}
		return nil, err
	}
	return nil, nil
}

// unknown refuses what would change a watched file behind the model's back.
func (t *tracer) unknown(tid int, how string, fd uint64) (*Op, error) {
	op, err := t.opened(tid, Write, fd)
	if op != nil {
		err = fmt.Errorf("%s changes %s, which nobody models", how, op.Name)
	}
	return nil, err
}

// place finds the watched file at a path.
func (r *Recorder) place(path string) (side int, name string, ok bool) {
	for i, root := range r.roots {
		if path == root {
			return i, "", true
		}
		if rest, below := strings.CutPrefix(path, root+"/"); below && Kept(rest) {
			return i, rest, true
		}
	}
	return 0, "", false
}

// opened is an operation on a file descriptor.
func (t *tracer) opened(tid int, kind Kind, fd uint64) (*Op, error) {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, int32(fd)))
	if err != nil || strings.HasSuffix(path, " (deleted)") {
		return nil, nil // a wrong descriptor, or a file that no image holds
	}
	side, name, ok := t.r.place(path)
	if !ok {
		return nil, nil
	}
	return &Op{Kind: kind, Side: side, Name: name}, nil
}

// cwd stands for the working folder where a call names none.
const cwd = 1<<64 - 100 // AT_FDCWD

// named is an operation on a path.
func (t *tracer) named(tid int, kind Kind, dir, path uint64) (*Op, error) {
	full, err := t.path(tid, dir, path)
	if err != nil {
		return nil, err
	}
	side, name, ok := t.r.place(full)
	if !ok || name == "" {
		return nil, nil
	}
	if strings.Contains(name, "/") {
		return nil, fmt.Errorf("%s: folders below the watched one are not modelled", name)
	}
	return &Op{Kind: kind, Side: side, Name: name}, nil
}

func (t *tracer) renamed(tid int, args [6]uint64) (*Op, error) {
	from, err := t.named(tid, Rename, args[0], args[1])
	to, err2 := t.named(tid, Rename, args[2], args[3])
	if err := errors.Join(err, err2); err != nil || from == nil && to == nil {
		return nil, err
	}
	if from == nil || to == nil || from.Side != to.Side {
		return nil, errors.New("a rename across the edge of a watched folder")
	}
	from.To = to.Name
	return from, nil
}

// path reads a path from the thread's memory and makes it absolute.
func (t *tracer) path(tid int, dir, at uint64) (string, error) {
	b, err := t.memory(tid, at, 4096)
	if err != nil {
		return "", err
	}
	end := slices.Index(b, 0)
	if end < 0 {
		return "", errors.New("a path without an end")
	}
	p := string(b[:end])
	if filepath.IsAbs(p) {
		return filepath.Clean(p), nil
	}
	base := fmt.Sprintf("/proc/%d/cwd", tid)
	if int32(dir) != -100 {
		base = fmt.Sprintf("/proc/%d/fd/%d", tid, int32(dir))
	}
	folder, err := os.Readlink(base)
	return filepath.Join(folder, p), err
}

// memory reads up to n bytes, fewer where the mapping ends.
func (t *tracer) memory(tid int, at uint64, n int) ([]byte, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/mem", tid))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, n)
	got, err := f.ReadAt(b, int64(at))
	if got > 0 {
		err = nil
	}
	return b[:got], err
}

func (t *tracer) written(tid int, c *call, off int64) (*Op, error) {
	op, err := t.opened(tid, Write, c.args[0])
	if op == nil || err != nil {
		return nil, err
	}
	op.Off = off
	if op.Data, err = t.memory(tid, c.args[1], int(c.args[2])); err == nil && len(op.Data) != int(c.args[2]) {
		err = io.ErrUnexpectedEOF
	}
	return op, err
}

// appended is a write at the descriptor's own position.
func (t *tracer) appended(tid int, c *call) (*Op, error) {
	op, err := t.opened(tid, Write, c.args[0])
	if op == nil || err != nil {
		return nil, err
	}
	info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", tid, int32(c.args[0])))
	if err != nil {
		return nil, err
	}
	var off int64
	if _, err := fmt.Sscanf(string(info), "pos:\t%d", &off); err != nil {
		return nil, err
	}
	return t.written(tid, c, off)
}
