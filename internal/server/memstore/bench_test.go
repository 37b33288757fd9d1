package memstore_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/identity"
	"dongbo/internal/server"
	"dongbo/internal/server/memstore"
	"dongbo/internal/server/sqlitestore"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// hashSeal signs with a hash that anybody could make: good enough where all
// devices are ours.
type hashSeal struct{}

var errSeal = errors.New("the seal is broken")

func seal(key []byte, parts ...[]byte) []byte {
	h := sha256.New()
	for _, p := range append([][]byte{key}, parts...) {
		h.Write(p)
	}
	return h.Sum(nil)
}

func sealRange(public []byte, writer change.ID, last uint64, hash change.Hash) []byte {
	return seal(public, writer[:], binary.AppendUvarint(nil, last), hash[:])
}

func (hashSeal) VerifyHello(public, challenge, proof []byte) error {
	if !slices.Equal(proof, seal(public, challenge)) {
		return errSeal
	}
	return nil
}

func (hashSeal) VerifyRange(public []byte, writer change.ID, last uint64, hash change.Hash, signature []byte) error {
	if !slices.Equal(signature, sealRange(public, writer, last, hash)) {
		return errSeal
	}
	return nil
}

func (hashSeal) VerifyReceipt(seed []byte, r *identity.Receipt, signature []byte) error {
	if !slices.Equal(signature, sealRange(seed, r.Writer, r.Through, r.Hash)) {
		return errSeal
	}
	return nil
}

func (hashSeal) SignReceipt(seed []byte, r *identity.Receipt) ([]byte, error) {
	return sealRange(seed, r.Writer, r.Through, r.Hash), nil
}

// office is one device that sends new members and hears nothing but messages.
type office struct {
	t      testing.TB
	key    ed25519.PrivateKey // nil: hashSeal
	public []byte
	writer change.ID
	secret [32]byte
	ref    change.Ref
	person change.ID
	unit   change.ID
	log    change.ID
	n      uint64
	hash   change.Hash
	dice   *rand.ChaCha8
	said   []wire.Message
}

var challenge = []byte("challenge")

// newOffice makes a register with one office in it.
func newOffice(t testing.TB, store server.Store, o server.Options) (*server.Server, *office) {
	t.Helper()
	o.Rand = rand.NewChaCha8([32]byte{1})
	units := []server.UnitRow{
		{Code: "VN", Name: "VN", Kind: "national"}, {Code: "P", Name: "P", Kind: "province", ParentCode: "VN"},
		{Code: "A", Name: "A", Kind: "grassroots", ParentCode: "P"},
	}
	must(t, server.Init(store, "VN", units, time.UnixMilli(1e12), o.Rand))
	s, err := server.New(store, o)
	must(t, err)
	text, err := s.Invite("A", "officer", "An", "https://x")
	must(t, err)
	code, err := identity.ParseCode(text)
	must(t, err)
	d := &office{t: t, writer: change.ID{7}, public: make([]byte, 32), dice: rand.NewChaCha8([32]byte{2})}
	if o.Seal == nil {
		d.key = ed25519.NewKeyFromSeed(make([]byte, 32))
		d.public = d.key.Public().(ed25519.PublicKey)
	}
	d.enroll(s, code.Token)
	return s, d
}

func (d *office) enroll(s *server.Server, token [16]byte) {
	i := s.NewInline(challenge, func(m wire.Message) { d.said = append(d.said, m) })
	must(d.t, i.Deliver(&wire.Enroll{Token: token, PublicKey: d.public, Writers: []wire.NewWriter{{Name: d.writer, Key: d.secret}}}))
	must(d.t, i.Deliver(d.hello()))
	w := d.said[0].(*wire.Welcome)
	d.person, d.unit, d.log = w.Person, w.Roots[0].Unit, w.Roots[0].Log
	var err error
	d.ref, err = i.Ref(d.writer)
	must(d.t, err)
	i.End()
}

func (d *office) id() change.ID { return identity.DeviceID(d.public) }

func (d *office) hello() *wire.Hello {
	h := &wire.Hello{Protocol: wire.Protocol, Schema: schema.Version, Device: d.id(), Proof: seal(d.public, challenge)}
	if d.key != nil {
		h.Proof = identity.SignHello(d.key, challenge)
	}
	h.Writers = []wire.WriterState{{Name: d.writer, Last: d.n, Hash: d.hash}}
	return h
}

func (d *office) Name(change.Ref) change.ID { return d.writer }

// members makes the next batch: each change a new member.
func (d *office) members(n int) *wire.Changes {
	m := &wire.Changes{Writer: d.writer}
	chain := change.NewChain(d.writer, d.secret[:], d)
	for range n {
		d.n++
		c := &change.Change{Dot: change.Dot{W: d.ref, N: d.n}, Person: d.person, At: 1, Log: d.log, Read: 1, Schema: schema.Version}
		rw := change.RowWrite{Table: schema.ByName("member").No, Creates: true, Birth: change.Birth{Dot: c.Dot}}
		_, _ = d.dice.Read(rw.ID[:])
		national := fmt.Sprintf("0010900%05d", d.n) // nobody else's: no findings
		rw.Writes = []change.Write{
			{Reg: 1, Vals: []change.Value{change.IDValue(d.unit)}},
			{Reg: 2, Vals: []change.Value{change.Text("Nguyễn Văn Thành"), change.Text("1990-01-01"), change.Text(national), change.Null}},
		}
		c.Rows = []change.RowWrite{rw}
		d.hash = chain.Next(d.hash, c)
		m.Changes = append(m.Changes, c)
	}
	m.Last, m.Signature = d.hash, sealRange(d.public, d.writer, d.n, d.hash)
	if d.key != nil {
		m.Signature = identity.SignRange(d.key, d.writer, d.n, d.hash)
	}
	return m
}

func TestTheServerAsksTheSealThatItWasGiven(t *testing.T) {
	s, d := newOffice(t, memstore.New(memstore.NewNames()), server.Options{Seal: hashSeal{}})
	m := d.members(3)
	m.Signature[0]++
	if _, err := s.Accept(d.id(), m); fault.CodeOf(err) != fault.ChainBroken {
		t.Errorf("a broken seal: %v", err)
	}
	m.Signature[0]--
	r, err := s.Accept(d.id(), m)
	must(t, err)
	if r.Through != 3 || len(r.Refused) != 0 || len(r.Signature) != sha256.Size {
		t.Errorf("receipt %+v", r)
	}
	i := s.NewInline([]byte("another"), func(wire.Message) {})
	if err := i.Deliver(d.hello()); fault.CodeOf(err) != fault.AuthProof {
		t.Errorf("a greeting on another line: %v", err)
	}
}

// BenchmarkOrdering measures how many changes a second are verified, ordered
// and answered, in memory with a cheap seal and on a file with the real one.
// A change is a member; what its device does is not counted.
func BenchmarkOrdering(b *testing.B) {
	for _, batch := range []struct {
		name string
		size int
	}{{"one a batch", 1}, {"50 a batch", 50}} {
		b.Run("in memory, "+batch.name, func(b *testing.B) {
			order(b, memstore.New(memstore.NewNames()), server.Options{Seal: hashSeal{}}, batch.size)
		})
		b.Run("in memory, real seal, "+batch.name, func(b *testing.B) {
			order(b, memstore.New(memstore.NewNames()), server.Options{}, batch.size)
		})
		b.Run("on a file, "+batch.name, func(b *testing.B) {
			dir := b.TempDir()
			store, err := sqlitestore.Open(filepath.Join(dir, "central.db"))
			must(b, err)
			defer store.Close()
			order(b, store, server.Options{Dir: dir}, batch.size)
		})
	}
}

func order(b *testing.B, store server.Store, o server.Options, size int) {
	s, d := newOffice(b, store, o)
	n := 0
	var spent time.Duration
	for b.Loop() {
		m := d.members(size)
		start := time.Now()
		r, err := s.Accept(d.id(), m)
		spent += time.Since(start)
		must(b, err)
		if len(r.Refused) > 0 {
			b.Fatalf("refused: %+v", r.Refused)
		}
		n += size
	}
	b.ReportMetric(float64(n)/spent.Seconds(), "changes/s")
}

// BenchmarkClone is what a prepared world costs each history: the copy, a
// server on it, and the first write.
func BenchmarkClone(b *testing.B) {
	store := memstore.New(memstore.NewNames())
	o := server.Options{Seal: hashSeal{}}
	s, d := newOffice(b, store, o)
	for range 20 {
		_, err := s.Accept(d.id(), d.members(50))
		must(b, err)
	}
	m := d.members(1)
	for b.Loop() {
		s, err := server.New(store.Clone(), o)
		must(b, err)
		_, err = s.Accept(d.id(), m)
		must(b, err)
	}
}
