package sim

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/identity"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/server"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// country is the tree of every world: one province with two communes, and
// another with one office, with which far histories alone deal.
var country = []server.UnitRow{
	{Code: "VN", Name: "Tổng Liên đoàn", Kind: "national"},
	{Code: "P", Name: "Tỉnh", Kind: "province", ParentCode: "VN"},
	{Code: "C1", Name: "Phường 1", Kind: "commune", ParentCode: "P"}, {Code: "C2", Name: "Phường 2", Kind: "commune", ParentCode: "P"},
	{Code: "A", Name: "Công ty A", Kind: "grassroots", ParentCode: "C1"}, {Code: "B", Name: "Công ty B", Kind: "grassroots", ParentCode: "C1"},
	{Code: "D", Name: "Công ty D", Kind: "grassroots", ParentCode: "C2"},
	{Code: "Q", Name: "Tỉnh khác", Kind: "province", ParentCode: "VN"}, {Code: "E", Name: "Công ty E", Kind: "grassroots", ParentCode: "Q"},
}

// logs are the units whose logs order everything.
var logs = []string{"VN", "P", "Q"}

// cast is who has a computer: the first two in every history, the last two,
// who see beyond the province, in far ones.
var cast = []struct{ name, unit, role string }{
	{"a", "A", "officer"}, {"p", "P", "admin"}, {"b", "B", "officer"}, {"c", "C1", "staff"}, {"a2", "A", "officer"}, {"d", "D", "officer"},
	{"v", "VN", "admin"}, {"e", "E", "officer"},
}

const (
	province = 1 // who has all rights to the province
	nation   = 6 // and to the country
	near     = 6 // how many are in histories that are not far
)

// far tells whether a history goes beyond one province.
func far(seed uint64) bool { return seed%8 == 5 }

// places is where members stand and go; the last is beyond the province.
var places = []string{"A", "B", "D", "C1", "E"}

// epoch is when every history begins.
var epoch = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

// office is one computer and who works at it.
type office struct {
	machine
	name   string
	id     change.ID // the device's
	public ed25519.PublicKey
	token  [16]byte
	skew   time.Duration
	shift  time.Duration // besides, for what must not matter
	saved  *office       // the last copy of its disk
	gone   bool          // for good
	part   part          // of a snapshot, if its line was cut
}

// template is a world before anything happens; histories play in copies.
type template struct {
	ground  ground
	store   server.Store
	offices []*office
	units   map[string]change.ID
	members []change.ID
	beyond  change.ID            // the member of the other province
	mandate map[string]change.ID // by name of who works at an office
}

// newTemplate makes a country with its computers, all of them up to date.
func newTemplate(g ground) (*template, error) {
	t := &template{ground: g, units: map[string]change.ID{}, mandate: map[string]change.ID{}}
	random := rand.New(source(0))
	var err error
	if t.store, err = g.register(); err != nil {
		return nil, err
	}
	if err := server.Init(t.store, "VN", country, epoch, reader{random}); err != nil {
		return nil, err
	}
	w := &world{template: t, ground: g, store: t.store, random: random, told: map[change.ID]uint64{}, spools: map[change.ID]*office{}, oracle: newOracle()}
	if err := w.boot(); err != nil {
		return nil, err
	}
	err = t.store.View(func(tx server.Tx) error {
		return tx.Rows(schema.ByName("unit"), func(r *merge.Row) error {
			t.units[r.Value("code").Text()] = r.ID
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	for _, who := range cast {
		text, err := w.servers[0].Invite(who.unit, who.role, who.name, "https://sim")
		if err != nil {
			return nil, err
		}
		code, err := identity.ParseCode(text)
		if err != nil {
			return nil, err
		}
		o, err := w.newOffice(who.name, code.Token)
		if err != nil {
			return nil, err
		}
		w.offices = append(w.offices, o)
		if err := w.exchange(o, Step{}); err != nil {
			return nil, fmt.Errorf("enrol %s: %w", who.name, err)
		}
		o.token = [16]byte{}
	}
	t.offices = w.offices
	if err := t.populate(w); err != nil {
		return nil, err
	}
	return t, t.rest()
}

// rest leaves the disks alone: they can be copied.
func (t *template) rest() error {
	var all []machine
	for _, o := range t.offices {
		all = append(all, o.machine)
	}
	return t.ground.rest(t.store, all)
}

// populate enters the first members and notes who has which mandate.
func (t *template) populate(w *world) error {
	for i, place := range []string{"A", "A", "B", "D", "E"} {
		id, by := w.newID(), w.offices[province]
		if place == "E" {
			t.beyond, by = id, w.offices[nation]
		} else {
			t.members = append(t.members, id)
		}
		err := by.commit(replica.Hand, replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{
			"unit_id": change.IDValue(t.units[place]), "full_name": change.Text(fmt.Sprintf("người %d", i))}})
		if err != nil {
			return err
		}
	}
	for range 2 {
		for _, o := range w.offices {
			if err := w.exchange(o, Step{}); err != nil {
				return err
			}
		}
	}
	return t.store.View(func(tx server.Tx) error {
		name := map[change.ID]string{}
		err := tx.Rows(schema.ByName("person"), func(r *merge.Row) error {
			name[r.ID] = r.Value("full_name").Text()
			return nil
		})
		if err != nil {
			return err
		}
		return tx.Rows(schema.ByName("mandate"), func(r *merge.Row) error {
			person, _ := r.Value("person_id").ID()
			t.mandate[name[person]] = r.ID
			return nil
		})
	})
}

// world is one history under way.
type world struct {
	*template
	ground  ground
	store   server.Store
	servers []*server.Server
	offices []*office
	random  *rand.Rand
	members []change.ID
	places  []string // where members stand and go here
	at      time.Duration
	trace   trace
	oracle  *oracle
	reads   int                   // entries that servers read
	told    map[change.ID]uint64  // how much of each log the oracle has been told of the server's own writes
	spools  map[change.ID]*office // whose snapshot a device's last one was: copies share a device
	attic   attic                 // what pruned entries said
	forgotten
	ruin
}

// far tells whether the world goes beyond one province.
func (w *world) far() bool { return len(w.places) == len(places) }

// who is the person whose turn it is.
func (w *world) who(s *Step) (name, unit, role string) {
	many := near
	if w.far() {
		many = len(cast)
	}
	c := cast[s.Who%many]
	return c.name, c.unit, c.role
}

func (t *template) world(seed uint64) (*world, error) {
	w := &world{template: t, random: rand.New(source(seed)), told: map[change.ID]uint64{}, spools: map[change.ID]*office{}, members: append([]change.ID(nil), t.members...)}
	offices := t.offices[:near]
	if w.places = places[:len(places)-1]; far(seed) {
		w.places, offices, w.members = places, t.offices, append(w.members, t.beyond)
	}
	var err error
	if w.ground, w.store, err = t.ground.branch(t.store); err != nil {
		return nil, err
	}
	for _, o := range offices {
		own, err := w.adopt(o)
		if err != nil {
			return nil, errors.Join(err, w.close())
		}
		w.offices = append(w.offices, own)
	}
	return w, w.boot()
}

// close leaves nothing of a world.
func (w *world) close() error {
	var errs []error
	for _, o := range w.offices {
		errs = append(errs, o.close())
		if o.saved != nil {
			errs = append(errs, o.saved.close())
		}
	}
	return errors.Join(append(errs, w.ground.clear(w.store))...)
}

// adopt copies an office into this world.
func (w *world) adopt(o *office) (*office, error) {
	out := *o
	out.part = part{}
	var err error
	if out.machine, err = w.ground.fork(o.machine); err != nil {
		return nil, err
	}
	w.wake(&out)
	return &out, nil
}

// wake gives a computer the clock and the dice of this world.
func (w *world) wake(o *office) {
	o.wake(host{
		now:     func() int64 { return epoch.Add(w.at + o.skew + o.shift).UnixMilli() },
		random:  w.random,
		newID:   w.newID,
		renamed: func(c *change.Change, to change.Dot) { w.oracle.renamed(o.machine, c, to) },
	})
}

// skewClocks sets each office's clock up to twenty years off.
func (w *world) skewClocks(seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 0xc10c))
	for _, o := range w.offices {
		o.shift = time.Duration(dice.Int64N(2*int64(twentyYears))) - twentyYears
	}
}

const twentyYears = 20 * 365 * 24 * time.Hour

// reboot is the end of all server processes, and the start of others.
func (w *world) reboot() (err error) {
	if w.store, err = w.ground.reopen(w.store); err != nil {
		return err
	}
	return w.boot()
}

// boot starts two server processes on one store.
func (w *world) boot() error {
	w.servers = w.servers[:0]
	for range 2 {
		s, err := server.New(counting{w.store, &w.reads}, server.Options{Now: func() time.Time { return epoch.Add(w.at) }, Rand: reader{w.random}, Log: quiet, Seal: seal{}})
		if err != nil {
			return err
		}
		w.servers = append(w.servers, s)
	}
	return nil
}

var quiet = slog.New(slog.DiscardHandler)

func (w *world) newID() (id change.ID) {
	binary.BigEndian.PutUint64(id[:], w.random.Uint64())
	binary.BigEndian.PutUint64(id[8:], w.random.Uint64())
	return id
}

func (w *world) newOffice(name string, token [16]byte) (*office, error) {
	o := &office{name: name, token: token}
	seed := sha256.Sum256([]byte("key of " + name))
	key, err := identity.KeyFromSeed(seed[:])
	if err != nil {
		return nil, err
	}
	o.public = key.Public().(ed25519.PublicKey)
	o.id = identity.DeviceID(o.public)
	secret := sha256.Sum256([]byte(name + " key"))
	id := replica.Identity{Device: o.id, Label: name}
	for _, kind := range []replica.Kind{replica.Hand, replica.Bulk} {
		id.Writers = append(id.Writers, replica.OwnWriter{Name: w.newID(), Kind: kind, Key: secret[:]})
	}
	if o.machine, err = w.ground.machine(id); err == nil {
		w.wake(o)
	}
	return o, err
}

// The office signs with what the servers' cheap seal believes.

func (o *office) Enroll(replica.Identity) *wire.Enroll {
	m := &wire.Enroll{Token: o.token, PublicKey: o.public, Label: o.name}
	chains, _ := o.Chains() // an enrolment without writers is refused
	for _, ch := range chains {
		m.Writers = append(m.Writers, wire.NewWriter{Name: ch.Name, Key: [32]byte(ch.Key), Kind: byte(ch.Kind)})
	}
	return m
}

func (o *office) Hello() []byte { return []byte{1} }

func (o *office) Range(_ change.ID, last uint64, hash change.Hash) []byte {
	return binary.BigEndian.AppendUint64(hash[:8:8], last)
}

func (o *office) CheckReceipt(w *wire.Welcome, _ *wire.Receipt) error {
	if w == nil {
		return errors.New("sim: a receipt before the welcome")
	}
	return nil
}

// seal is cheap: signatures are not what histories are about.
type seal struct{}

func (seal) VerifyHello(_, _, _ []byte) error { return nil }

func (seal) VerifyRange(_ []byte, _ change.ID, last uint64, hash change.Hash, signature []byte) error {
	if string(signature) != string(binary.BigEndian.AppendUint64(hash[:8:8], last)) {
		return errors.New("sim: a wrong signature")
	}
	return nil
}

func (seal) VerifyReceipt([]byte, *identity.Receipt, []byte) error { return nil }

func (seal) SignReceipt([]byte, *identity.Receipt) ([]byte, error) { return []byte{1}, nil }

func source(seed uint64) *rand.PCG { return rand.NewPCG(seed, 0xd0b0) }

// reader gives a world's random numbers as bytes.
type reader struct{ r *rand.Rand }

func (r reader) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r.r.Uint32())
	}
	return len(b), nil
}

var _ io.Reader = reader{}
