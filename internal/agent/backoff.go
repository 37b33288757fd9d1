package agent

import (
	"encoding/binary"
	"io"
	"time"
)

// The pauses between two attempts grow from first to most; each is drawn
// between half and the whole, so that ten thousand offices whose line comes
// back at once do not call at once.
const (
	first = time.Second
	most  = 2 * time.Minute
)

type backoff struct {
	rand io.Reader
	cur  time.Duration
}

func newBackoff(rand io.Reader) *backoff { return &backoff{rand: rand, cur: first} }

func (b *backoff) reset() { b.cur = first }

func (b *backoff) next() time.Duration {
	var raw [8]byte
	if b.rand != nil {
		_, _ = io.ReadFull(b.rand, raw[:])
	}
	half := b.cur / 2
	pause := half + time.Duration(binary.BigEndian.Uint64(raw[:])>>1%uint64(half+1))
	b.cur = min(b.cur*2, most)
	return pause
}
