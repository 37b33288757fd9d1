package wire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"dongbo/internal/allocs"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/wire"
)

// packet builds what stands on the line for a message, at will.
func packet(kind byte, numbers []byte, texts, zipped int, rest []byte) []byte {
	b := []byte{'D', 'B', 1, 1, kind}
	b = binary.AppendUvarint(b, uint64(len(numbers)))
	b = binary.AppendUvarint(b, uint64(texts))
	if texts > 0 {
		b = binary.AppendUvarint(b, uint64(zipped))
	}
	return append(append(b, numbers...), rest...)
}

func readAll(stream []byte) (n int, err error) {
	d := wire.NewDecoder(bytes.NewReader(stream), newBook(), wire.Options{})
	defer d.Rest()
	for {
		if _, err = d.Read(); err != nil {
			return n, err
		}
		n++
	}
}

func bomb(size int) []byte {
	e, _ := zstd.NewWriter(nil)
	return e.EncodeAll(make([]byte, size), nil)
}

func TestEachKindOfBadFrameHasItsOwnError(t *testing.T) {
	good := send(t, newBook(), []wire.Message{&wire.Problem{Code: "x", Args: map[string]string{"a": "b"}}})
	zipped := bomb(100 << 20)
	huge := binary.AppendUvarint([]byte{'D', 'B', 1, 1, 8}, 1<<40)
	cases := []struct {
		name   string
		stream []byte
		want   error
	}{
		{"an empty stream is just over", nil, io.EOF},
		{"HTTP is no wire", []byte("HTTP/1.1 400 Bad Request\r\n"), wire.ErrNotWire},
		{"one strange byte is no wire", []byte{7}, wire.ErrNotWire},
		{"a preamble cut short", good[:3], wire.ErrTruncated},
		{"a message cut in its head", good[:6], wire.ErrTruncated},
		{"a message cut in its body", good[:len(good)-3], wire.ErrTruncated},
		{"a newer version", append([]byte{'D', 'B', 2, 1}, good[4:]...), wire.ErrVersion},
		{"another dictionary", append([]byte{'D', 'B', 1, 9}, good[4:]...), wire.ErrDictionary},
		{"an unknown kind", packet(99, nil, 0, 0, nil), wire.ErrKind},
		{"no kind at all", packet(0, nil, 0, 0, nil), wire.ErrKind},
		{"a forged length of numbers", huge, wire.ErrTooLarge},
		{"a forged length of texts", packet(12, nil, 1<<30, 0, nil), wire.ErrTooLarge},
		{"a forged length of compressed texts", packet(12, nil, 100, 1<<30, nil), wire.ErrTooLarge},
		{"texts that unpack to more than was said", packet(12, nil, 1<<20, len(zipped), zipped), wire.ErrInvalid},
		{"texts that are not compressed at all", packet(12, nil, 10, 5, []byte("hello")), wire.ErrInvalid},
		{"a body of nothing", packet(12, nil, 0, 0, nil), wire.ErrInvalid},
		{"a body that stops early", packet(13, []byte{0xA5, 1, 2, 3}, 3, 0, []byte("abc")), wire.ErrInvalid},
		{"a body whose counts are beyond reason", packet(8, bytes.Repeat([]byte{0xFF}, 64), 0, 0, nil), wire.ErrInvalid},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := readAll(c.stream)
			if c.name == "a body whose counts are beyond reason" && errors.Is(err, wire.ErrTooLarge) {
				return
			}
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestAVersionErrorSaysWhichVersionCame(t *testing.T) {
	_, err := readAll([]byte{'D', 'B', 7, 1, 13, 0, 0})
	if s := fault.Sentence("en", err); !strings.Contains(s, "version 7") || !strings.Contains(s, "version 1") {
		t.Error(s)
	}
}

// maxAlloc is what one message may cost: the budget, and what stands beside it
// (the packet, its unpacked texts, zstd's window, lists of places).
const maxAlloc = 40 * wire.MaxMessage

func TestForgedInputNeverCostsMoreThanABoundedMultipleOfAMessage(t *testing.T) {
	town := newTown(3)
	names := newBook(town.id(), town.id())
	rows := town.members(1, 60)
	msgs := append(chunks(rows, 30), batches(names.Name(2), town.edits(2, rows, 60), 20)...)
	msgs = append(msgs, &wire.Problem{Code: "code", Args: map[string]string{"k": "v"}}, &wire.Bye{})
	good := send(t, names, msgs)
	rng := rand.New(rand.NewPCG(1, 2))
	var worst uint64
	rounds := 10000
	if testing.Short() {
		rounds = 1000
	}
	for i := range rounds {
		bad := mutate(rng, good)
		if i%50 != 0 { // ReadMemStats stops the world: look at some, survive all
			_, _ = readAll(bad)
			continue
		}
		worst = max(worst, allocs.Of(func() { _, _ = readAll(bad) }))
	}
	for kind := byte(1); kind < 14; kind++ {
		for range 60 {
			numbers := make([]byte, 1<<rng.IntN(12))
			for i := range numbers {
				numbers[i] = byte(rng.Uint32())
			}
			worst = max(worst, allocs.Of(func() { _, _ = readAll(packet(kind, numbers, 0, 0, nil)) }))
		}
	}
	t.Logf("at most %d KiB allocated", worst>>10)
	if worst > maxAlloc {
		t.Errorf("%d bytes allocated, over %d", worst, maxAlloc)
	}
}

func mutate(rng *rand.Rand, good []byte) []byte {
	bad := bytes.Clone(good)
	for range 1 + rng.IntN(4) {
		i := rng.IntN(len(bad))
		switch rng.IntN(4) {
		case 0:
			bad[i] ^= 1 << rng.IntN(8)
		case 1:
			bad[i] = byte(rng.Uint32())
		case 2:
			bad = append(bad[:i:i], bad[min(len(bad), i+1+rng.IntN(9)):]...)
		default:
			bad = append(bad[:i:i], append([]byte{byte(rng.Uint32())}, bad[i:]...)...)
		}
		if len(bad) == 0 {
			return bad
		}
	}
	return bad
}

func TestAZstdBombCostsNoMoreThanItsAnnouncedSize(t *testing.T) {
	zipped := bomb(200 << 20)
	stream := packet(12, nil, 1000, len(zipped), zipped)
	if n := allocs.Of(func() { _, _ = readAll(stream) }); n > maxAlloc {
		t.Errorf("%d bytes allocated", n)
	}
}

func TestAMessageBeyondTheLimitIsRefusedBeforeItIsSent(t *testing.T) {
	var out bytes.Buffer
	e := wire.NewEncoder(&out, newBook(), wire.Options{})
	defer e.Close()
	long := strings.Repeat("x", wire.MaxMessage)
	if err := e.Write(&wire.Problem{Code: long}); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if out.Len() > 0 {
		t.Errorf("%d bytes were sent", out.Len())
	}
	if err := e.Write(&wire.Bye{}); err == nil {
		t.Error("an Encoder that failed goes on")
	}
}

func TestAReaderThatKnowsNoSuchWriterRefusesTheMessage(t *testing.T) {
	names := newBook(change.ID{1})
	stream := send(t, names, []wire.Message{&wire.Changes{Changes: []*change.Change{{Dot: change.Dot{W: 1, N: 1}}}}})
	d := wire.NewDecoder(bytes.NewReader(stream), stranger{}, wire.Options{})
	if _, err := d.Read(); !errors.Is(err, errStranger) {
		t.Errorf("got %v", err)
	}
}

var errStranger = errors.New("never heard of it")

type stranger struct{}

func (stranger) Ref(change.ID) (change.Ref, error) { return 0, errStranger }

func TestWithoutAFreeContextTextsTravelAsTheyAre(t *testing.T) {
	long := &wire.Problem{Code: strings.Repeat("công đoàn cơ sở ", 100)}
	var out bytes.Buffer
	pool := wire.NewPool(0, 0)
	e := wire.NewEncoder(&out, newBook(), wire.Options{Pool: pool})
	if err := e.Write(long); err != nil {
		t.Fatal(err)
	}
	m, err := wire.NewDecoder(&out, newBook(), wire.Options{Pool: pool}).Read()
	if err != nil || m.(*wire.Problem).Code != long.Code {
		t.Errorf("got %v, %v", m, err)
	}
	stream := send(t, newBook(), []wire.Message{long})
	d := wire.NewDecoder(bytes.NewReader(stream), newBook(), wire.Options{Pool: pool})
	if _, err := d.Read(); !errors.Is(err, wire.ErrBusy) {
		t.Errorf("a decoder without a context: %v", err)
	}
}

func TestAnExchangeAtRestHoldsNoContext(t *testing.T) {
	pool := wire.NewPool(2, 2)
	r, w := io.Pipe()
	e := wire.NewEncoder(w, newBook(), wire.Options{Pool: pool})
	d := wire.NewDecoder(r, newBook(), wire.Options{Pool: pool})
	long := &wire.Problem{Code: strings.Repeat("công đoàn cơ sở ", 100)}
	go func() {
		_ = e.Write(long)
		_ = e.WriteLast(long)
		_ = e.Write(&wire.Bye{})
		_ = w.Close()
	}()
	for range 3 {
		if _, err := d.Read(); err != nil {
			t.Fatal(err)
		}
	}
	if enc, dec := pool.InUse(); enc != 0 || dec != 0 {
		t.Errorf("in use: %d, %d", enc, dec)
	}
}

func TestABatcherCutsByEstimatedSize(t *testing.T) {
	town := newTown(5)
	names := newBook(town.id())
	var b wire.Batcher
	var msgs []wire.Message
	m := &wire.Changes{}
	for _, r := range town.members(1, 3000) {
		c := town.creation(r)
		if b.Starts(wire.EstimateSize(c)) {
			msgs, m = append(msgs, m), &wire.Changes{}
		}
		m.Changes = append(m.Changes, c)
	}
	msgs = append(msgs, m)
	if len(msgs) < 3 {
		t.Errorf("%d batches", len(msgs))
	}
	send(t, names, msgs)
}
