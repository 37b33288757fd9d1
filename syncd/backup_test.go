package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const thePassword = "bốn từ rời nhau"

// passwordFile writes a password as an editor of Windows saves it.
func (w *world) passwordFile(name, password string) string {
	w.t.Helper()
	must(w.t, os.WriteFile(w.path(name), []byte("\ufeff"+password+"\r\nnot this\r\n"), 0o600))
	return w.path(name)
}

// folder makes an empty folder, so that a test sees all that a command leaves.
func (w *world) folder(name string) string {
	w.t.Helper()
	must(w.t, os.Mkdir(w.path(name), 0o700))
	return w.path(name)
}

func (w *world) holds(dir string, want ...string) {
	w.t.Helper()
	var got []string
	entries, err := os.ReadDir(dir)
	must(w.t, err)
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		w.t.Errorf("%s holds %v, want %v", filepath.Base(dir), got, want)
	}
}

func (w *world) exports(args ...string) (r exportJSON, errOut string) {
	w.t.Helper()
	cmd := w.command(append([]string{"export", "--json"}, args...)...)
	var out, diag bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diag
	if err := cmd.Run(); err != nil {
		w.t.Fatalf("export %v: %v: %s", args, err, diag.String())
	}
	must(w.t, json.Unmarshal(out.Bytes(), &r))
	return r, diag.String()
}

func TestAnExportUnderAPasswordComesBackWithItOnly(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	w.exec(a, insertMember, "Đặng Thị Có Khóa", "0903112233", "G1")
	right, wrong := w.passwordFile("pw", thePassword), w.passwordFile("wrong", "không phải từ này")
	dir := w.folder("out")
	for _, c := range []struct{ out, file string }{{"list.xlsx", "list.xlsx"}, {"list.csv", "list.csv.age"}} {
		r, diag := w.exports("--replica", a, "--password-file", right, filepath.Join(dir, c.out))
		file := filepath.Join(dir, c.file)
		if r != (exportJSON{file, 1, true}) || diag != "" {
			t.Errorf("%+v, on stderr: %q", r, diag)
		}
		w.says(t, w.fails(exitFailed, "import", "--replica", a, "--unit", "G1", file), "is protected: give the password")
		w.says(t, w.fails(exitFailed, "import", "--replica", a, "--unit", "G1", "--password-file", wrong, file), "The password does not open the file "+c.file)
		piped := w.command("import", "--json", "--replica", a, "--unit", "G1", "--password-file", "-", file)
		piped.Stdin = strings.NewReader(thePassword + "\n")
		out, err := piped.Output()
		must(t, err)
		var got importReport
		must(t, json.Unmarshal(out, &got))
		if got.Counts["skip"] != 1 {
			t.Errorf("%s came back as %v", c.file, got.Counts)
		}
	}
	w.holds(dir, "list.csv.age", "list.xlsx")
	if got := w.query(a, "SELECT count(*) FROM member"); got != "1" {
		t.Errorf("%s members", got)
	}
}

func TestAPlainExportSaysThatItLiesUnprotected(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	r, diag := w.exports("--replica", a, w.path("list.csv"))
	if r.Encrypted || r.Path != w.path("list.csv") || strings.Count(diag, "\n") != 1 {
		t.Errorf("%+v, on stderr: %q", r, diag)
	}
	w.says(t, diag, "lies unprotected", "--password-file")
	w.says(t, w.ok("export", "--lang", "vi", "--replica", a, w.path("list.csv")), "không được bảo vệ")
}

func TestAPasswordThatCannotBeUsedWritesNothing(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	dir := w.folder("out")
	must(t, os.WriteFile(w.path("binary"), []byte("\xff\xfeb\x00\n"), 0o600))
	for file, want := range map[string]string{
		w.passwordFile("short", "chín ký t"): "at least 10", w.passwordFile("empty", ""): "No password could be read",
		w.path("binary"): "No password could be read", w.path("none"): "No password could be read",
	} {
		w.says(t, w.fails(exitFailed, "export", "--replica", a, "--password-file", file, filepath.Join(dir, "x.xlsx")), want)
		w.says(t, w.fails(exitFailed, "backup", "--replica", a, "--password-file", file, filepath.Join(dir, "x.dongbo")), want)
	}
	w.fails(exitUsage, "export", "--replica", a, filepath.Join(dir, "x.csv.age")) // a name that would lie
	w.fails(exitUsage, "backup", "--replica", a, "--password-file", w.passwordFile("pw", thePassword), a)
	w.fails(exitUsage, "backup", "--replica", a, filepath.Join(dir, "x.dongbo"))
	w.holds(dir)
}

func TestRowsToMendLieUnderTheListsPassword(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	list, right := w.path("list.csv"), w.passwordFile("pw", thePassword)
	must(t, os.WriteFile(list, []byte(listCSV), 0o600))
	dir := w.folder("out")
	out := w.fails(exitPerson, "import", "--replica", a, "--unit", "G1", "--password-file", right, "--errors", filepath.Join(dir, "mend.csv"), list)
	w.says(t, out, "mend.csv.age")
	w.holds(dir, "mend.csv.age")
	if got := w.imports(exitPerson, "--replica", a, "--unit", "G1", "--dry-run", "--password-file", right, filepath.Join(dir, "mend.csv.age")); got.Counts["error"] != 1 {
		t.Errorf("%v", got.Counts)
	}
}

func TestAnInterruptedExportLeavesNothing(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	dir := w.folder("out")
	cmd := w.command("export", "--replica", a, "--password-file", w.passwordFile("pw", thePassword), filepath.Join(dir, "list.csv"))
	var diag bytes.Buffer
	cmd.Stderr = &diag
	must(t, cmd.Start())
	// Between the file beside and its first row lies the work of the password.
	for begun := false; !begun; {
		entries, err := os.ReadDir(dir)
		must(t, err)
		begun = len(entries) > 0
	}
	must(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("exit %d", code)
	}
	w.says(t, diag.String(), "was stopped")
	w.holds(dir)
}

func TestABackupComesBackWholeAndGoesOnSyncing(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	w.exec(a, insertMember, "Đã Gửi", "1", "G1")
	w.sync(a)
	w.exec(a, insertMember, "Chưa Gửi", "2", "G1")
	right := w.passwordFile("pw", thePassword)
	dir := w.folder("stick")
	out := filepath.Join(dir, "a.dongbo")
	w.ok("backup", "--replica", a, "--password-file", right, out)
	w.ok("backup", "--replica", a, "--password-file", right, out) // the next week's takes its place
	w.holds(dir, "a.dongbo")
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	data, err := os.ReadFile(out)
	must(t, err)
	if bytes.Contains(data, []byte("SQLite")) {
		t.Error("the backup is plain")
	}
	for _, name := range []string{"a.db", "a.db-wal", "a.db-shm"} { // the disk dies
		if err := os.Remove(w.path(name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	w.says(t, w.ok("backup", "--restore", out, "--replica", a, "--password-file", right), "Run syncd sync before")
	if got := w.query(a, "SELECT full_name FROM member ORDER BY 1"); got != "Chưa Gửi|Đã Gửi" {
		t.Errorf("restored: %s", got)
	}
	w.sync(a)
	w.agree(a)
}

func TestARestoreThatCannotBeTrustedLeavesNothing(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	right, wrong := w.passwordFile("pw", thePassword), w.passwordFile("wrong", "không phải từ này")
	good := w.path("good.dongbo")
	w.ok("backup", "--replica", a, "--password-file", right, good)
	data, err := os.ReadFile(good)
	must(t, err)
	for name, content := range map[string][]byte{"cut": data[:len(data)*2/3], "text": []byte("text"), "empty": nil} {
		must(t, os.WriteFile(w.path(name), content, 0o600))
	}
	list := w.path("list.csv") // locked, but no backup
	w.ok("export", "--replica", a, "--password-file", right, list)
	dir := w.folder("new")
	for _, c := range []struct{ file, password, want string }{
		{good, wrong, "The password does not open the file"}, {w.path("none"), right, "cannot be read"},
		{w.path("cut"), right, "cannot be read to its end"},
		{w.path("text"), right, "is no backup"}, {w.path("empty"), right, "is no backup"}, {list + ".age", right, "cannot be read to its end"},
	} {
		w.says(t, w.fails(exitFailed, "backup", "--restore", c.file, "--replica", filepath.Join(dir, "b.db"), "--password-file", c.password), c.want)
		w.holds(dir)
	}
	before, err := os.ReadFile(a)
	must(t, err)
	w.says(t, w.fails(exitFailed, "backup", "--restore", good, "--replica", a, "--password-file", right), "exists already")
	if after, _ := os.ReadFile(a); !bytes.Equal(before, after) {
		t.Error("the replica was touched")
	}
}
