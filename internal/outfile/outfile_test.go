package outfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dongbo/internal/fault"

	"golang.org/x/text/unicode/norm"
)

const password = "bốn từ rời nhau"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsLockedOpensWithThePasswordHoweverItIsSpelt(t *testing.T) {
	var file bytes.Buffer
	w, err := Lock(&file, password)
	must(t, err)
	_, err = io.WriteString(w, "danh sách")
	must(t, err)
	must(t, w.Close())
	if !IsLocked(file.Bytes()) {
		t.Error("not known as locked")
	}
	plain, err := Unlock(bytes.NewReader(file.Bytes()), norm.NFD.String(password))
	must(t, err)
	if got, err := io.ReadAll(plain); err != nil || string(got) != "danh sách" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := Unlock(bytes.NewReader(file.Bytes()), "bốn từ rời nhau "); fault.CodeOf(err) != "password.wrong" {
		t.Errorf("a wrong password: %v", err)
	}
	plain, err = Unlock(bytes.NewReader(file.Bytes()[:file.Len()-1]), password)
	must(t, err)
	if got, err := io.ReadAll(plain); err == nil {
		t.Errorf("a file without its end gave %q", got)
	}
}

// A file says how much memory its password takes.
func TestALockedFileCannotAskForMoreWorkThanWeGive(t *testing.T) {
	header := "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 22\n" +
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n0123456789abcdef"
	_, err := Unlock(bytes.NewReader([]byte(header)), password)
	if err == nil || !strings.Contains(err.Error(), "work factor too large") {
		t.Errorf("got %v", err)
	}
}

func TestANewOutputTakesNoPlaceThatIsTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	write := func(text string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
	}
	must(t, Create(t.Context(), path, Options{Mode: 0o600, New: true}, write("first")))
	if err := Create(t.Context(), path, Options{Mode: 0o600, New: true}, write("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	rival := filepath.Join(t.TempDir(), "out")
	err := Create(t.Context(), rival, Options{Mode: 0o600, New: true}, func(io.Writer) error {
		return os.WriteFile(rival, []byte("rival"), 0o600) // while we were writing
	})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	for p, want := range map[string]string{path: "first", rival: "rival"} {
		if got, _ := os.ReadFile(p); string(got) != want {
			t.Errorf("%s: %q", p, got)
		}
		if left, _ := os.ReadDir(filepath.Dir(p)); len(left) != 1 {
			t.Errorf("litter: %v", left)
		}
	}
	boom := errors.New("boom")
	if err := Create(t.Context(), path, Options{Mode: 0o600, Check: func(string) error { return boom }}, write("bad")); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "first" {
		t.Error("what failed its check took the place")
	}
	must(t, Create(t.Context(), path, Options{Mode: 0o600}, write("third")))
	if got, _ := os.ReadFile(path); string(got) != "third" {
		t.Errorf("got %q", got)
	}
}
