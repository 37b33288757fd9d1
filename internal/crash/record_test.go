package crash_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"dongbo/internal/crash"
)

// TestMain lets the test binary be the recorded program.
func TestMain(m *testing.M) {
	if dir := os.Getenv("DONGBO_TEST_WRITES_IN"); dir != "" {
		if err := scribble(dir); err != nil {
			fmt.Println(err)
			os.Exit(7)
		}
		os.Exit(4)
	}
	os.Exit(m.Run())
}

// scribble does one of everything that the model knows, on several threads.
func scribble(dir string) error {
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			runtime.LockOSThread()
			errs[i] = scribbleFile(filepath.Join(dir, fmt.Sprint("f", i)))
		})
	}
	wg.Wait()
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(append(errs, folder.Sync(), os.WriteFile(filepath.Join(dir, "f0"), []byte("new"), 0o600),
		os.Remove(filepath.Join(dir, "old")), os.WriteFile(filepath.Join(dir, "x-shm"), []byte("no"), 0o600))...)
}

func scribbleFile(path string) error {
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer f.Close()
	for i := range 20 {
		if _, err := fmt.Fprintf(f, "line %d\n", i); err != nil {
			return err
		}
	}
	_, err = f.WriteAt([]byte(strings.Repeat("x", 5000)), 50)
	return errors.Join(err, f.Truncate(4000), f.Sync(), os.Rename(path+".part", path))
}

func record(t *testing.T, dir string) (start crash.Image, ops []crash.Op) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, "old"), []byte("old"), 0o600))
	start, err := crash.Load(dir)
	must(t, err)
	r, err := crash.NewRecorder(dir)
	if errors.Is(err, crash.ErrForbidden) {
		t.Skip(err)
	}
	must(t, err)
	p, err := r.Start([]string{os.Args[0]}, append(os.Environ(), "DONGBO_TEST_WRITES_IN="+dir), os.Stdout)
	if errors.Is(err, crash.ErrForbidden) {
		t.Skip(err)
	}
	must(t, err)
	if code, err := p.Wait(); err != nil || code != 4 {
		t.Fatalf("the recorded program: exit %d, %v", code, err)
	}
	ops, err = r.Ops()
	must(t, err)
	return start, ops
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsRecordedMakesTheFolderAnew(t *testing.T) {
	dir := t.TempDir()
	start, ops := record(t, dir)
	d := crash.NewDisk(start)
	for _, o := range ops {
		d.Do(o)
	}
	want, err := crash.Load(dir)
	must(t, err)
	same(t, "killed", d.Killed(), want)
	strict := d.Strict()
	if _, there := strict["old"]; !there || len(strict["f0"]) != 4000 || len(strict["f7"]) != 4000 {
		t.Errorf("what was synced is not all there: %v", sizes(strict))
	}
}

func same(t *testing.T, what string, got, want crash.Image) {
	t.Helper()
	for name := range want {
		if string(got[name]) != string(want[name]) {
			t.Errorf("%s: %s differs", what, name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", what, sizes(got), sizes(want))
	}
}

func sizes(im crash.Image) (out []string) {
	for name, data := range im {
		out = append(out, fmt.Sprint(name, " ", len(data)))
	}
	slices.Sort(out)
	return out
}
