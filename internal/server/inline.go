package server

import (
	"errors"

	"dongbo/internal/change"
	"dongbo/internal/wire"
)

// Inline is a Session without a goroutine: what follows from a message has been
// said when Deliver returns, and nothing is said at any other time. It is for
// the simulator, which decides alone what happens when. Its methods must not be
// called at the same time, nor from within say.
//
// Messages are handed over as they are, not copied: neither end may write into
// what it delivered or was told. Where the two number writers differently, an
// encoder and a decoder must stand between.
type Inline struct {
	n    *Session
	over error // why it has ended
}

// sayer is a connection that is only spoken through.
type sayer func(wire.Message)

func (s sayer) Write(m wire.Message) error {
	s(m)
	return nil
}

func (sayer) Read() (wire.Message, error) {
	panic("server: an inline session is told, it does not read")
}

// NewInline makes an inline session; the challenge is that of NewSession.
func (s *Server) NewInline(challenge []byte, say func(wire.Message)) *Inline {
	n := s.NewSession(challenge)
	n.inline = true
	n.open(sayer(say))
	return &Inline{n: n}
}

// Deliver takes one message. Its error is what ended the session: the device
// has been told. A goodbye ends it without one. A session that has ended takes
// nothing and gives the reason again.
func (i *Inline) Deliver(m wire.Message) error {
	if i.over != nil {
		return i.over
	}
	err := i.n.handle(m)
	if errors.Is(err, errBye) {
		i.end(err)
		return nil
	}
	if err != nil && i.n.failure() == nil {
		i.n.complain(err)
	}
	return i.settle(err)
}

// Woken tells whether something was committed that concerns a device that stays.
func (i *Inline) Woken() bool {
	i.n.mu.Lock()
	defer i.n.mu.Unlock()
	return i.n.pump && i.over == nil
}

// Poke says what is new, woken or not. Its error is that of Deliver.
func (i *Inline) Poke() error {
	if i.over != nil {
		return i.over
	}
	i.n.poke()
	return i.settle(nil)
}

// settle says all that there is to say, and ends the session where it must.
func (i *Inline) settle(err error) error {
	i.n.settle()
	if err == nil {
		err = i.n.failure()
	}
	if err != nil {
		i.end(err)
	}
	return err
}

// End ends the session, as the end of its connection does.
func (i *Inline) End() { i.end(errLine) }

func (i *Inline) end(why error) {
	if i.over == nil {
		i.over = why
		i.n.finish()
	}
}

// Name and Ref are those of the Session, for an encoder and a decoder.
func (i *Inline) Name(ref change.Ref) change.ID { return i.n.Name(ref) }

// Ref gives a writer its number.
func (i *Inline) Ref(name change.ID) (change.Ref, error) { return i.n.Ref(name) }
