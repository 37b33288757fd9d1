//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// A file that may not grow further (RLIMIT_FSIZE) must be an error that a
// person can read, not the end of the process.
func ignoreFileSizeSignal() { signal.Ignore(syscall.SIGXFSZ) }
