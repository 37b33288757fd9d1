package present_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"dongbo/app/apptest"
	"dongbo/app/present"
	"dongbo/internal/change"
	"dongbo/internal/replica"
)

// besideEnv gives the other process its file, besideBatch the entries of a
// transaction: as the agent's slices, or few where the race detector makes
// each ten times as long.
const (
	besideEnv   = "DONGBO_TEST_BESIDE"
	besideBatch = "DONGBO_TEST_BATCH"
)

// TestBesideProcess is the other process: it applies what a line brings, in
// short transactions with the agent's pause between, until its input ends.
func TestBesideProcess(t *testing.T) {
	path := os.Getenv(besideEnv)
	if path == "" {
		t.Skip("runs as a child of the next test only")
	}
	size, err := strconv.Atoi(os.Getenv(besideBatch))
	must(t, err)
	o := apptest.Beside(t, path)
	fmt.Println("ready")
	stop := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); close(stop) }()
	for batches := 0; ; batches++ {
		select {
		case <-stop:
			fmt.Println("applied", batches)
			return
		default:
		}
		must(t, o.Apply(o.Batch(size, "notes", fmt.Sprint("batch ", batches))))
		time.Sleep(20 * time.Millisecond)
	}
}

// busy is how long the window works beside the daemon. Who waits for half of it is
// starving; how fast anybody is, the machine says.
const busy = 4 * time.Second

func TestNeitherTheWindowNorADaemonOnTheSameFileStarves(t *testing.T) {
	o := apptest.New(t, 500)
	child := exec.Command(os.Args[0], "-test.run=^TestBesideProcess$", "-test.count=1")
	size := 200
	if testing.Short() {
		size = 20
	}
	child.Env = append(os.Environ(), besideEnv+"="+o.Path(), fmt.Sprint(besideBatch, "=", size))
	in, err := child.StdinPipe()
	must(t, err)
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	ready := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(out, ready); err != nil {
		t.Fatalf("the other process: %v", err)
	}
	commits, reads, slowCommit, slowRead := useWindow(t, o, busy)
	must(t, in.Close())
	rest, err := io.ReadAll(out)
	must(t, err)
	if err := child.Wait(); err != nil {
		t.Fatalf("the other process: %v\n%s", err, rest)
	}
	batches := 0
	if _, err := fmt.Sscanf(strings.TrimSpace(string(rest)), "applied %d", &batches); err != nil {
		t.Fatalf("%v in %q", err, rest)
	}
	t.Logf("window: %d commits (slowest %v), %d reads (slowest %v); daemon: %d batches of %d", commits, slowCommit, reads, slowRead, batches, size)
	if commits < 5 || reads < 5 || batches < 5 {
		t.Error("somebody made no progress")
	}
	if slowCommit > busy/2 || slowRead > busy/2 {
		t.Error("somebody waited too long")
	}
}

// useWindow searches, opens and saves as a busy officer would.
func useWindow(t *testing.T, o *apptest.Office, long time.Duration) (commits, reads int, slowCommit, slowRead time.Duration) {
	m := present.NewMembers(desk(o))
	queries := []string{"", "ng", "nguyen", "tran thi", "le"}
	for began := time.Now(); time.Since(began) < long; {
		start := time.Now()
		m.SetQuery(queries[reads%len(queries)])
		must(t, m.Reload())
		_, _ = m.Row(0)
		reads++
		slowRead = max(slowRead, time.Since(start))
		start = time.Now()
		_, err := o.Commit(replica.Edit{Table: "member", ID: o.Members[commits%len(o.Members)],
			Set: map[string]change.Value{"phone": change.Text(fmt.Sprint("09", commits))}})
		must(t, err)
		commits++
		slowCommit = max(slowCommit, time.Since(start))
		time.Sleep(10 * time.Millisecond)
	}
	return commits, reads, slowCommit, slowRead
}
