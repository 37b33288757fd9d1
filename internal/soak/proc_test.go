package soak

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

func TestAProcessThatEndsByItselfComesBackUntilItIsStopped(t *testing.T) {
	ends := make(chan string, 10)
	p := &process{name: "short-lived", ended: func(said string) { ends <- said },
		make: func() *exec.Cmd { return exec.Command(os.Args[0], "-no-such-flag") }}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		select {
		case said := <-ends:
			if said == "" {
				t.Error("its last words are lost")
			}
		case <-time.After(patience):
			t.Fatal("it did not come back")
		}
	}
	p.stop(syscall.SIGKILL)
	select {
	case <-ends:
		t.Error("it came back after it was stopped")
	case <-time.After(2 * comeBack):
	}
}
