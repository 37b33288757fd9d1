package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"dongbo/internal/agent"
	"dongbo/internal/crash"
	"dongbo/internal/identity"
	"dongbo/internal/replica"
	"dongbo/internal/server"
	"dongbo/internal/server/serve"
	"dongbo/internal/server/sqlitestore"
	"dongbo/schema"
)

// checker goes on from the points of one record.
type checker struct {
	sc   *scenario
	only string // what a class must have in its name
	code string // with which the office enrols, where that is recorded

	mu       sync.Mutex
	tally    map[string]*tally
	failures []string
}

// death is a point with its images, which outlive the replay.
type death struct {
	crash.Point
	images []crash.Image
}

// goOnFromAll goes on from so many of the points, evenly chosen from each
// class; from all where want is 0.
func (c *checker) goOnFromAll(start []crash.Image, ops []crash.Op, want int) {
	total := 0
	for p := range c.points(start, ops) {
		if c.tally[class(p)] == nil {
			c.tally[class(p)] = &tally{}
		}
		c.tally[class(p)].points++
		total++
	}
	if want == 0 {
		want = total
	}
	deaths := make(chan death)
	var wg sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) { // each waits now and then, for a line or a file
		wg.Go(func() {
			for d := range deaths {
				c.goOnFrom(d)
			}
		})
	}
	nth := map[string]int{}
	for p := range c.points(start, ops) {
		all := c.tally[class(p)].points
		share := (want*all + total - 1) / total
		i := nth[class(p)]
		nth[class(p)]++
		if (i+1)*share/all > i*share/all {
			deaths <- death{p, p.Images()}
		}
	}
	close(deaths)
	wg.Wait()
}

// points are the points of the classes that are asked for.
func (c *checker) points(start []crash.Image, ops []crash.Op) iter.Seq[crash.Point] {
	return func(yield func(crash.Point) bool) {
		for p := range crash.Points(start, ops) {
			if strings.Contains(class(p), c.only) && !yield(p) {
				return
			}
		}
	}
}

func (c *checker) goOnFrom(d death) {
	err := c.try(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	y := c.tally[class(d.Point)]
	y.tried++
	if err == nil {
		return
	}
	y.failed++
	if *crashKeep != "" {
		c.keep(d)
	}
	if len(c.failures) < 10 {
		c.failures = append(c.failures, fmt.Sprintf("%s: %s: %v", d.Point, sides[d.Side], err))
	}
}

func (c *checker) keep(d death) {
	for side, im := range d.images {
		dir := filepath.Join(*crashKeep, strings.ReplaceAll(c.sc.name, " ", "-"), fmt.Sprint(d.No), fmt.Sprint(side))
		_ = os.MkdirAll(dir, 0o700)
		_ = im.Save(dir)
	}
}

// continuation is a world that was cut and goes on.
type continuation struct {
	*checker
	told   []string
	office string // the replica
	data   string // the server's folder
	store  *sqlitestore.Store
	srv    *server.Server
	url    string
	r      *replica.Replica
	plain  *sql.DB // both files, seen by a stranger
	stop   func()
	warned []string // what the agent found worth a warning
}

func (c *checker) try(d death) (err error) {
	dir := scratch()
	defer os.RemoveAll(dir)
	g := &continuation{checker: c, told: d.Told, office: filepath.Join(dir, "office", "office.db"), data: filepath.Join(dir, "server")}
	for side, name := range sides {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return err
		}
		if err := d.images[side].Save(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, g.close()) }()
	if c.sc.before != nil {
		if err := c.sc.before(g); err != nil {
			return fmt.Errorf("server: %w", err)
		}
	}
	if err := g.serve(); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	if err := g.open(); err != nil {
		return fmt.Errorf("office: %w", err)
	}
	if err := g.beside(); err != nil {
		return err
	}
	if err := g.rest(); err != nil {
		return fmt.Errorf("coming to rest: %w", err)
	}
	if err := g.check(); err != nil || c.sc.again == nil {
		return err
	}
	if err := c.sc.again(g); err != nil {
		return fmt.Errorf("once more: %w", err)
	}
	if err := g.rest(); err != nil {
		return fmt.Errorf("once more, coming to rest: %w", err)
	}
	g.told = c.steps()
	if err := g.check(); err != nil {
		return fmt.Errorf("once more: %w", err)
	}
	return nil
}

// steps are all steps after which a member looks different.
func (c *checker) steps() (all []string) {
	for _, vs := range c.sc.members {
		for _, v := range vs {
			all = append(all, v.step)
		}
	}
	return all
}

// serve opens the server's image and serves it.
func (g *continuation) serve() (err error) {
	if g.store, err = sqlitestore.Open(filepath.Join(g.data, registerFile)); err != nil {
		return err
	}
	if g.srv, err = server.New(g.store, server.Options{Dir: g.data, Now: time.Now, Rand: rand.Reader}); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	g.url = "https://" + ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- serve.Serve(ctx, g.srv, ln) }()
	g.stop = func() { cancel(); <-served }
	return nil
}

// beside is a connection that knows nothing of us, with both sides' files. It
// is made after our own programs have opened them: recovery is theirs.
func (g *continuation) beside() (err error) {
	if g.plain, err = sql.Open("sqlite", "file:"+filepath.ToSlash(g.office)+"?mode=rw&_pragma=busy_timeout(5000)"); err != nil {
		return err
	}
	g.plain.SetMaxOpenConns(1)
	if _, err = g.plain.Exec("ATTACH ? AS server", filepath.Join(g.data, registerFile)); err != nil {
		return err
	}
	for _, side := range []string{"main", "server"} {
		if found, err := g.column("PRAGMA " + side + ".integrity_check"); err != nil || len(found) != 1 || found[0] != "ok" {
			return fmt.Errorf("%s is damaged: %q, %w", side, found, err)
		}
	}
	return g.moveServer()
}

// moveServer tells the replica where the server of this continuation listens.
func (g *continuation) moveServer() error {
	_, err := g.plain.Exec("UPDATE sync_meta SET value = ? WHERE key = 'url'", g.url)
	return err
}

// column reads a query's only column.
func (g *continuation) column(q string) (out []string, err error) {
	rows, err := g.plain.Query(q)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func (g *continuation) env() replica.Env { return replica.Env{Now: time.Now, Rand: rand.Reader} }

func (g *continuation) options() agent.Options {
	return agent.Options{Program: "crash", Now: time.Now, Rand: rand.Reader, Pace: time.Nanosecond, Log: slog.New(warnings{g})}
}

// open opens the office's image.
func (g *continuation) open() (err error) {
	if g.sc.open != nil {
		return g.sc.open(g)
	}
	g.r, err = replica.Open(g.office, g.env())
	return err
}

// codeHere is the code for this continuation's server.
func (g *continuation) codeHere(recorded string) (string, error) {
	code, err := identity.ParseCode(recorded)
	code.URL = g.url
	return code.String(), err
}

// rest synchronises until nothing waits.
func (g *continuation) rest() error {
	for range 3 {
		if _, err := agent.Sync(context.Background(), g.r, g.options()); err != nil {
			return err
		}
		st, err := g.r.Status()
		if err != nil {
			return err
		}
		if st.Waiting == 0 {
			return nil
		}
	}
	return errors.New("changes still wait after three exchanges")
}

func (g *continuation) close() error {
	var errs []error
	if g.plain != nil {
		errs = append(errs, g.plain.Close())
	}
	if g.r != nil {
		errs = append(errs, g.r.Close())
	}
	if g.stop != nil {
		g.stop()
	}
	if g.store != nil {
		errs = append(errs, g.store.Close())
	}
	return errors.Join(errs...)
}

// check holds what must be true at rest.
func (g *continuation) check() error {
	st, err := g.r.Status()
	if err != nil {
		return err
	}
	var errs []error
	if st.Digest != st.ServerDigest || !st.Ready {
		errs = append(errs, fmt.Errorf("digest %s, server %s, ready %v", st.Digest, st.ServerDigest, st.Ready))
	}
	var conflicts, refused span
	if g.sc.waits != nil {
		conflicts, refused = g.sc.waits(g.told)
	}
	if !conflicts.holds(st.Conflicts) || !refused.holds(st.Quarantined) || st.Findings != 0 {
		errs = append(errs, fmt.Errorf("for a person: %d conflicts, %d refused, %d findings", st.Conflicts, st.Quarantined, st.Findings))
	}
	if len(g.warned) > 0 {
		errs = append(errs, fmt.Errorf("warned: %q", g.warned))
	}
	return errors.Join(append(errs, g.sameRows(), g.nothingLost())...)
}

// looks is a member as people see it.
const looks = "full_name || '=' || coalesce(phone, '') || ';' || coalesce(notes, '')"

// nothingLost holds that each member looks as it did when a person was last
// told, or as the next step leaves it, and that there is no other.
func (g *continuation) nothingLost() error {
	rows, err := g.column("SELECT " + looks + " FROM member ORDER BY 1")
	if err != nil {
		return err
	}
	now := map[string]string{}
	var errs []error
	for _, row := range rows {
		name, look, _ := strings.Cut(row, "=")
		if _, twice := now[name]; twice {
			errs = append(errs, fmt.Errorf("%s is there twice", name))
		}
		if g.sc.members[name] == nil {
			errs = append(errs, fmt.Errorf("%s is nobody's: %q", name, look))
		}
		now[name] = look
	}
	at := map[string]int{}
	for name, versions := range g.sc.members {
		told, is := 0, -1
		for i, v := range versions {
			if v.step == "" || contains(g.told, v.step) {
				told = i
			}
			if v.looks == now[name] {
				is = i
			}
		}
		at[name] = is
		if is < told || is > told+1 {
			errs = append(errs, fmt.Errorf("%s looks like %q, but should like %q", name, now[name], versions[told].looks))
		}
	}
	return errors.Join(append(errs, g.parted(at))...)
}

// parted holds that a transaction was done for all its members or for none.
func (g *continuation) parted(at map[string]int) error {
	steps := map[string]int{} // how many of them are at or behind a step
	for _, name := range g.sc.together {
		for _, v := range g.sc.members[name][1 : at[name]+1] {
			steps[v.step]++
		}
	}
	for _, name := range g.sc.together {
		for _, v := range g.sc.members[name] {
			if n := steps[v.step]; n > 0 && n < g.touched(v.step) {
				return fmt.Errorf("step %q parted %q", v.step, g.sc.together)
			}
		}
	}
	return nil
}

// touched counts the members written together that a step touches.
func (g *continuation) touched(step string) (n int) {
	for _, name := range g.sc.together {
		for _, v := range g.sc.members[name] {
			if v.step == step {
				n++
			}
		}
	}
	return n
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// sameRows holds that both sides show the same members and that the office
// shows nothing that the server does not.
func (g *continuation) sameRows() error {
	differing, err := g.column(differing)
	if err == nil && len(differing) > 0 {
		err = fmt.Errorf("the rows differ: %v", differing)
	}
	return err
}

// differing names the tables that differ, with the number of rows.
var differing = func() string {
	var each []string
	less := func(t *schema.Table, side, other string) {
		cols := "id"
		for i := range t.Columns {
			cols += ", " + t.Columns[i].Name
		}
		each = append(each, fmt.Sprintf("SELECT '%s: ' || count(*) || ' only in %s' FROM (SELECT %s FROM %s.%s EXCEPT SELECT %s FROM %s.%s) HAVING count(*) > 0",
			t.Name, side, cols, side, t.Name, cols, other, t.Name))
	}
	for _, t := range schema.Tables() {
		less(t, "main", "server")
	}
	less(schema.ByName("member"), "server", "main")
	return strings.Join(each, " UNION ALL ")
}()

// warnings collects what is logged as a warning: a replica that mends itself
// with a fresh snapshot hides what the crash did to it.
type warnings struct{ g *continuation }

func (w warnings) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

func (w warnings) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	w.g.warned = append(w.g.warned, text)
	return nil
}

func (w warnings) WithAttrs([]slog.Attr) slog.Handler { return w }
func (w warnings) WithGroup(string) slog.Handler      { return w }
