package server_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A power cut can leave a spool's head and not its chunks, whole or in part.
func TestASnapshotWhoseSpoolWasDamagedIsMadeAnewAtTheNextTry(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"cut short": func(path string) error { return os.Truncate(path, 200) },
		"empty":     func(path string) error { return os.Truncate(path, 0) },
		"gone":      os.Remove,
		"zeros": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, make([]byte, info.Size()), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := w.enroll("a", "A", "officer")
			for range 1500 {
				w.member(a, "A", "Nguyễn Thị Một Cái Tên Khá Dài", "")
			}
			w.sync(a)
			code, err := w.s.Invite("P1", "staff", "p", "https://x")
			must(t, err)
			p := newDevice(t, "p", code)
			p.stopAt = 1
			if err := p.sync(w.s); !errors.Is(err, errCut) {
				t.Fatalf("the line was not cut: %v", err)
			}
			files, _ := filepath.Glob(filepath.Join(filepath.Dir(w.path), "spool", "*.rows"))
			if len(files) != 1 {
				t.Fatalf("spools: %q", files)
			}
			must(t, damage(files[0]))
			p.stopAt = 0
			first := p.sync(w.s)
			if err := p.sync(w.s); err != nil {
				t.Errorf("first try: %v, second: %v", first, err)
			}
			if len(p.rows) < 1500 {
				t.Errorf("%d rows", len(p.rows))
			}
		})
	}
}
