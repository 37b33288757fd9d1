// Package benchtool measures the whole program: real replica files, a real
// server, TLS over a loopback line that counts what passes. Ratios and counts
// are what it is for; seconds depend on the computer.
package benchtool

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"dongbo/internal/synth"
)

// Options are what a run may choose.
type Options struct {
	Dir          string // an empty folder for the files
	Workload     string // the folder of the fixed workload; empty: one of its shape is made
	Members      int    // of the made workload; its other parts keep their proportion
	Many         int    // members of the part about metadata and capture
	Program      string
	Log          *slog.Logger
	Step         func(name string) // told of each part as it begins; may be nil
	captureTurns int
}

// Figures are all results. A ratio without a word on its base is over the same
// work on the plain tables, in the same run.
type Figures struct {
	Workload string `json:"workload"` // "own" or "fixed"
	Members  int    `json:"members"`
	Edits    int    `json:"edits"`
	Payments int    `json:"payments"`
	Many     int    `json:"many_members"`

	// TCP payload as the proxy counted it, TLS included.
	BootstrapDown int64 `json:"bootstrap_down"`
	BootstrapUp   int64 `json:"bootstrap_up"`
	MembersUp     int64 `json:"members_up"`
	EditsUp       int64 `json:"edits_up"`
	EditsDown     int64 `json:"edits_down"`
	PaymentsUp    int64 `json:"payments_up"`
	PaymentsDown  int64 `json:"payments_down"`
	ApartUp       int64 `json:"apart_up"`   // the edits made apart: A, B and A again
	ApartDown     int64 `json:"apart_down"` // likewise
	NoopBytes     int64 `json:"noop_bytes"`
	NoopInside    int64 `json:"noop_inside"` // WebSocket payload

	ConflictsFound    int `json:"conflicts_found"`
	ConflictsExpected int `json:"conflicts_expected"`
	ConflictsInvented int `json:"conflicts_invented"`
	DiffRowsKept      int `json:"diff_rows_kept"`
	DiffRowsExpected  int `json:"diff_rows_expected"`

	MetadataPerRow    float64 `json:"metadata_bytes_per_row"`     // received by snapshot
	MetadataPerRowOwn float64 `json:"metadata_bytes_per_row_own"` // entered here and acknowledged
	FileRatio         float64 `json:"file_ratio"`                 // after the whole workload, on the replica that made it
	FileRatioReceived float64 `json:"file_ratio_received"`        // the same on the one that received it
	FileRatioFresh    float64 `json:"file_ratio_fresh"`           // freshly loaded members alone
	IndexRatio        float64 `json:"index_ratio"`

	CaptureInsert         float64 `json:"capture_insert_ratio"`
	CaptureInsertUnsealed float64 `json:"capture_insert_unsealed_ratio"`
	CaptureInsertCPU      float64 `json:"capture_insert_cpu_ratio"` // of the process's CPU, without waiting for the disk
	CaptureUpdate         float64 `json:"capture_update_ratio"`
	CaptureUpdateUnsealed float64 `json:"capture_update_unsealed_ratio"`
	CaptureUpdateCPU      float64 `json:"capture_update_cpu_ratio"`
	CommitInsert          float64 `json:"commit_insert_ratio"` // the program's own writing, each row a change

	ApplyPerSecond    float64 `json:"apply_per_second"`
	SnapshotPerSecond float64 `json:"snapshot_rows_per_second"`

	Seconds map[string]float64 `json:"seconds"` // by part, on this computer
}

// Run measures everything.
func Run(ctx context.Context, o Options) (*Figures, error) {
	if o.captureTurns == 0 {
		o.captureTurns = 3
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	b := &bench{ctx: ctx, o: o, f: &Figures{Many: o.Many, Seconds: map[string]float64{}}}
	if err := b.load(); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		name string
		do   func() error
	}{{"traffic", b.traffic}, {"apply", b.apply}, {"many", b.many}} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := b.timed(part.name, part.do); err != nil {
			return nil, err
		}
	}
	return b.f, nil
}

// bench is a run under way.
type bench struct {
	ctx context.Context
	o   Options
	f   *Figures
	w   *synth.Workload
}

func (b *bench) timed(name string, do func() error) error {
	if b.o.Step != nil {
		b.o.Step(name)
	}
	began := time.Now()
	err := do()
	b.f.Seconds[name] = time.Since(began).Seconds()
	return err
}

// seed makes the made workload the same in every run.
const seed = 2026

func (b *bench) load() (err error) {
	if b.o.Workload != "" {
		b.f.Workload = "fixed"
		b.w, err = synth.ReadWorkload(b.o.Workload)
	} else {
		b.f.Workload = "own"
		fixed := synth.FixedSizes()
		sizes := fixed.Scaled(float64(b.o.Members) / float64(fixed.Members))
		sizes.Members = b.o.Members
		b.w = synth.NewWorkload(seed, sizes)
	}
	if err == nil {
		b.f.Members, b.f.Edits, b.f.Payments = len(b.w.Members), len(b.w.Edits), len(b.w.Dues)
	}
	return err
}

func (b *bench) path(name string) string { return filepath.Join(b.o.Dir, name) }

// discard removes a database and what SQLite keeps beside it.
func discard(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
