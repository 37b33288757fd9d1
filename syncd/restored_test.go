package main

import (
	"os"
	"strings"
	"testing"
)

// stop ends the server.
func (w *world) stop() {
	w.t.Helper()
	_ = w.server.Process.Kill()
	_ = w.server.Wait()
}

// copyServer copies the data folder of a server that is at rest.
func (w *world) copyServer(from, to string) {
	w.t.Helper()
	w.stop()
	must(w.t, os.RemoveAll(w.path(to)))
	must(w.t, os.CopyFS(w.path(to), os.DirFS(w.path(from))))
	w.start(strings.TrimPrefix(w.url, "https://"))
}

// restoreServer puts the copy in the place of the server's folder.
func (w *world) restoreServer(from string) {
	w.t.Helper()
	w.stop()
	must(w.t, os.RemoveAll(w.path("server")))
	must(w.t, os.CopyFS(w.path("server"), os.DirFS(w.path(from))))
	w.start(strings.TrimPrefix(w.url, "https://"))
}

const (
	members = "SELECT full_name || ' ' || coalesce(phone, '') FROM member ORDER BY full_name"
	setTo   = "UPDATE member SET phone = ? WHERE full_name = ?"
)

func TestAServerRestoredFromAnOldCopyGetsBackWhatBothOfficesHadSent(t *testing.T) {
	for _, tc := range []struct {
		name string
		told bool
		pFst bool
	}{
		{"told by its operator, the office first", true, false}, {"told by its operator, the province first", true, true},
		{"by a receipt, the office first", false, false}, {"by a receipt, the province first", false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
			w.exec(a, insertMember, "An", "1", "G1")
			w.sync(a, p)
			w.copyServer("server", "copy")

			w.exec(a, setTo, "2", "An")
			w.sync(a, p)
			w.exec(p, setTo, "3", "An") // an edit over an edit
			w.exec(p, insertMember, "Bình", "1", "G1")
			w.sync(p, a)
			w.exec(a, setTo, "2", "Bình") // of a row that the other made
			// Refused: an officer may not move a member to another province. What he writes later he writes over it.
			w.exec(a, "UPDATE member SET unit_id = (SELECT id FROM unit WHERE code = 'P1'), notes = 'x' WHERE full_name = 'An'")
			w.sync(a)
			w.exec(a, insertMember, "Chi", "1", "G1")
			w.sync(a, p, a)
			before := w.query(a, members)
			quarantined := w.status(a).Quarantined
			if before != "An 3|Bình 2|Chi 1" || quarantined != 1 {
				t.Fatalf("%s, %d refused", before, quarantined)
			}
			w.restoreServer("copy")
			if tc.told {
				w.says(t, w.ok("restored", "--data", w.path("server")), "restored from a backup", "--over")
			}
			first, second := a, p
			if tc.pFst {
				first, second = p, a
			}
			w.says(t, w.ok("sync", "--replica", first, "--json"), `"restored": true`)
			w.says(t, w.ok("status", "--replica", first), "restored from a backup")
			want := "An 3|Bình 2|Chi 1"
			if tc.pFst { // it shows its own value all along, and writes over that
				w.exec(first, setTo, "4", "An")
				want = "An 4|Bình 2|Chi 1"
			}
			w.sync(first, second, first, second, first)
			w.agree(a, p)
			for _, f := range []string{a, p} {
				if got := w.query(f, members); got != want {
					t.Errorf("%s: %s, want %s", f, got, want)
				}
				if s := w.status(f); s.Conflicts != 0 || s.Held != 0 || s.Restored == nil {
					t.Errorf("%s: %+v", f, s)
				}
			}
			if s := w.status(a); s.Quarantined != quarantined {
				t.Errorf("%d refused, want %d", s.Quarantined, quarantined)
			}
			w.says(t, w.ok("restored", "--data", w.path("server"), "--over"), "over")
			w.says(t, w.ok("restored", "--data", w.path("server"), "--over"), "nothing")
			w.sync(a, p)
			if s := w.status(a); s.Restored != nil {
				t.Errorf("still recovering: %s", *s.Restored)
			}
			w.agree(a, p)
		})
	}
}

func TestAnAdministratorIsToldThatTheServerWasRestored(t *testing.T) {
	w := newWorld(t)
	admin := w.enrol("vn", "VN", "admin")
	w.ok("restored", "--data", w.path("server"))
	w.sync(admin)
	w.says(t, w.ok("findings", "--replica", admin), "The central server was restored from a backup")
	w.ok("restored", "--data", w.path("server"), "--over")
	w.sync(admin)
	if list := w.findings(admin); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}
