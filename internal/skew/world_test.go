package skew

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/schema/schematest"
)

// fleet is a program of each release.
type fleet map[uint16]*Program

func newFleet(t *testing.T) fleet {
	f := fleet{}
	for release := uint16(schematest.Today); release <= schematest.Last; release++ {
		f[release] = start(t, release)
	}
	return f
}

// office is a replica and the release of the program that works on it.
type office struct {
	name, unit, role string
	release          uint16
	heard            uint16 // the server's release when it last spoke to it
}

func newOffice(name, unit, role string, release uint16) *office {
	return &office{name: name, unit: unit, role: role, release: release}
}

// world is a server and its offices. In a world where all are new, every order
// goes to a program of the last release, whatever release it is given as.
type world struct {
	t      teller
	fleet  fleet
	allNew bool
	dir    string
	addr   string
	server uint16 // the release that serves
	asked  int    // seeds of the orders
}

func newWorld(t teller, dir string, f fleet, allNew bool, server uint16) *world {
	t.Helper()
	w := &world{t: t, fleet: f, allNew: allNew, dir: dir, addr: "127.0.0.1:0"}
	for _, p := range f {
		p.t = t
	}
	w.serve(server)
	return w
}

func (w *world) program(release uint16) *Program {
	if w.allNew {
		return w.fleet[schematest.Last]
	}
	return w.fleet[release]
}

// serve starts the server, or starts it again as another release.
func (w *world) serve(release uint16) {
	w.t.Helper()
	if w.server != 0 {
		w.program(w.server).do(order{Do: "stop"})
	}
	w.server = release
	w.addr = w.program(release).do(order{Do: "serve", Path: w.dir, Addr: w.addr, Seed: w.seed()}).Text
}

func (w *world) stop() { w.program(w.server).do(order{Do: "stop"}) }

func (w *world) seed() string { w.asked++; return fmt.Sprint("order ", w.asked) }

func (w *world) path(o *office) string { return filepath.Join(w.dir, o.name+".db") }

// on completes an order for an office.
func (w *world) on(o *office, what order) order {
	what.Path, what.Seed, what.Release = w.path(o), w.seed(), o.release
	return what
}

func (w *world) do(o *office, what order) answer {
	w.t.Helper()
	return w.program(o.release).do(w.on(o, what))
}

func (w *world) enroll(o *office) {
	w.t.Helper()
	code := w.program(w.server).do(order{Do: "invite", Unit: o.unit, Role: o.role, Name: o.name, Addr: w.addr}).Text
	w.do(o, order{Do: "enroll", Code: code})
	o.heard = w.server
}

// sync holds an exchange, after which nothing may differ and nothing may have
// had to be mended or received anew.
func (w *world) sync(offices ...*office) {
	w.t.Helper()
	for _, o := range offices {
		o.heard = w.server
		if res := w.do(o, order{Do: "sync"}).Result; !res.Same || res.Mended != 0 || res.Rows != 0 {
			w.t.Fatalf("%s (release %d) and the server (release %d) differ: %+v", o.name, o.release, w.server, res)
		}
	}
}

func (w *world) set(o *office, table string, id change.ID, values map[string]string) bool {
	w.t.Helper()
	return w.do(o, order{Do: "edit", Edit: replica.Edit{Table: table, ID: id}, Set: values}).Did
}

func (w *world) picture(o *office) string {
	w.t.Helper()
	return w.do(o, order{Do: "picture"}).Text
}

func (w *world) contents(o *office) string {
	w.t.Helper()
	return w.do(o, order{Do: "picture", Contents: true}).Text
}

// upgrade gives an office the program of that release.
func (w *world) upgrade(release uint16, offices ...*office) {
	w.t.Helper()
	for _, o := range offices {
		o.release = release
		w.do(o, order{Do: "open"})
	}
}

// sameByClass compares the office's digest with what the server says that an
// office at its unit must hold, class by class.
func (w *world) sameByClass(o *office) {
	w.t.Helper()
	unit := w.do(o, order{Do: "unit", Name: o.unit}).Text
	is, must := w.do(o, order{Do: "digest"}).Text, w.program(w.server).do(order{Do: "server digest", Unit: unit}).Text
	if is != must {
		w.t.Fatalf("%s counts otherwise to the classes than the server:\n%s\n%s", o.name, is, must)
	}
}

func idOf(what string) change.ID {
	sum := sha256.Sum256([]byte(what))
	return change.ID(sum[:16])
}
