//go:build !unix

package soak

import "syscall"

// canHalt tells whether a process can be stopped for a while.
const canHalt = false

const haltSignal, goOnSignal = syscall.Signal(0), syscall.Signal(0)
