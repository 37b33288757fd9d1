//go:build unix

package soak

import "syscall"

// canHalt tells whether a process can be stopped for a while.
const canHalt = true

const (
	haltSignal = syscall.SIGSTOP
	goOnSignal = syscall.SIGCONT
)
