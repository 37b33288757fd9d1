package badlink_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"dongbo/internal/badlink"
)

func echo(t *testing.T) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); _, _ = io.Copy(c, c) }()
		}
	}()
	return ln.Addr().String()
}

func trip(l *badlink.Link, n int) (int, time.Duration, error) {
	c, err := net.Dial("tcp", l.Addr())
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	began := time.Now()
	if _, err := c.Write(make([]byte, n)); err != nil {
		return 0, 0, err
	}
	got, err := io.ReadFull(c, make([]byte, n))
	return got, time.Since(began), err
}

func TestALineCarriesCountsDelaysCutsAndGoesDown(t *testing.T) {
	l, err := badlink.New(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got, _, err := trip(l, 10000); got != 10000 || err != nil {
		t.Errorf("good line: %d %v", got, err)
	}
	if up, down := l.Counts(); up != 10000 || down != 10000 {
		t.Errorf("counted %d up, %d down", up, down)
	}
	l.Set(badlink.Conditions{Delay: 50 * time.Millisecond})
	if _, took, err := trip(l, 10); err != nil || took < 100*time.Millisecond {
		t.Errorf("delay: %v %v", took, err)
	}
	l.Set(badlink.Conditions{CutAfter: 8 << 10})
	if got, _, err := trip(l, 100000); err == nil {
		t.Errorf("no cut: %d", got)
	}
	l.Set(badlink.Conditions{Down: true})
	if _, _, err := trip(l, 10); err == nil {
		t.Error("carried while down")
	}
}

func TestALineThatLosesKeepsTheConnectionUntilAByteGetsThrough(t *testing.T) {
	for name, lose := range map[string]badlink.Conditions{"up": {LoseUp: true}, "down": {LoseDown: true}, "both": {LoseUp: true, LoseDown: true}} {
		t.Run(name, func(t *testing.T) {
			l, err := badlink.New(echo(t))
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			c, err := net.Dial("tcp", l.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			one := make([]byte, 1)
			say := func(within time.Duration) error {
				if _, err := c.Write(one); err != nil {
					return err
				}
				if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
					t.Fatal(err)
				}
				_, err := io.ReadFull(c, one)
				return err
			}
			if err := say(5 * time.Second); err != nil {
				t.Fatal(err)
			}
			l.Set(lose)
			if err := say(50 * time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("while it loses: %v, want silence", err)
			}
			l.Set(badlink.Conditions{})
			if err := say(5 * time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("afterwards: %v, want a broken connection", err)
			}
			if got, _, err := trip(l, 10); got != 10 || err != nil {
				t.Errorf("a new connection: %d %v", got, err)
			}
		})
	}
}
