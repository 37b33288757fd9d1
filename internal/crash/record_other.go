//go:build !(linux && amd64)

package crash

import (
	"errors"
	"os"
)

// ErrForbidden tells that this system lets nobody trace.
var ErrForbidden = errors.New("crash: recording needs Linux on amd64")

// Recorder records on Linux only.
type Recorder struct{}

// NewRecorder says that nothing can be recorded here.
func NewRecorder(...string) (*Recorder, error) { return nil, ErrForbidden }

// Ops has nothing.
func (*Recorder) Ops() ([]Op, error) { return nil, ErrForbidden }

// Mark marks nothing.
func (*Recorder) Mark(string) {}

// Start starts nothing.
func (*Recorder) Start([]string, []string, *os.File) (*Process, error) { return nil, ErrForbidden }

// Process is one recorded process.
type Process struct{}

// Stop has nothing to stop.
func (*Process) Stop() {}

// Kill has nothing to kill.
func (*Process) Kill() {}

// Wait has nothing to wait for.
func (*Process) Wait() (int, error) { return -1, ErrForbidden }
