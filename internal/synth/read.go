package synth

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ReadWorkload reads the fixed workload, JSON lines as its generator writes
// them, into our tables and columns: members becomes member, a union is a
// grassroots unit, nam and nu are male and female, an empty string is nil, and
// created_at, which our register does not keep, is left out. Where the folder
// has a MANIFEST.json, the files must have the sums it states.
func ReadWorkload(dir string) (*Workload, error) {
	r := reader{dir: dir}
	if err := r.readManifest(); err != nil {
		return nil, fmt.Errorf("read workload: %w", err)
	}
	w := &Workload{}
	units := 0
	err := errors.Join(
		r.lines("units", func(o object) error {
			row, err := o.row()
			row.Set["code"] = "BD"
			if row.Set["kind"] == "union" {
				units++
				row.Set["kind"], row.Set["code"] = "grassroots", unitCode(units)
			}
			w.Units = append(w.Units, row)
			return err
		}),
		r.lines("members", appendRow(&w.Members)), r.lines("dues", appendRow(&w.Dues)),
		r.lines("edits", appendEdit(&w.Edits)),
		r.lines("conc_a", appendEdit(&w.ConcA)), r.lines("conc_b", appendEdit(&w.ConcB)),
		r.lines("conc_overlap", func(o object) error {
			id, err := parseID(o["id"])
			a, errA := object.columns(inner(o["a"]))
			b, errB := object.columns(inner(o["b"]))
			w.Overlaps = append(w.Overlaps, Overlap{ID: id, Same: o["kind"] == "same", A: a, B: b})
			return errors.Join(err, errA, errB)
		}))
	if err != nil {
		return nil, fmt.Errorf("read workload: %w", err)
	}
	return w, nil
}

func appendRow(rows *[]Row) func(object) error {
	return func(o object) error {
		row, err := o.row()
		*rows = append(*rows, row)
		return err
	}
}

func appendEdit(edits *[]Edit) func(object) error {
	return func(o object) error {
		id, err := parseID(o["id"])
		set, errSet := object.columns(inner(o["set"]))
		table := "member"
		if o["table"] == "dues" {
			table = "dues_payment"
		}
		*edits = append(*edits, Edit{Table: table, ID: id, Set: set})
		return errors.Join(err, errSet)
	}
}

// object is one line of a file.
type object map[string]any

func inner(v any) object {
	m, _ := v.(map[string]any)
	return m
}

// row takes the id apart from the columns.
func (o object) row() (Row, error) {
	id, err := parseID(o["id"])
	delete(o, "id")
	set, errSet := o.columns()
	return Row{ID: id, Set: set}, errors.Join(err, errSet)
}

// columns turns the file's values into ours.
func (o object) columns() (map[string]any, error) {
	set := make(map[string]any, len(o))
	for name, value := range o {
		if name == "created_at" {
			continue
		}
		v, err := column(name, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		set[name] = v
	}
	return set, nil
}

func column(name string, value any) (any, error) {
	switch v := value.(type) {
	case json.Number:
		if name == "wage_coef" {
			return v.Float64()
		}
		return v.Int64()
	case string:
		switch {
		case v == "":
			return nil, nil
		case strings.HasSuffix(name, "_id") && name != "national_id":
			id, err := parseID(v)
			return id[:], err
		case name == "gender":
			return map[string]string{"nam": "male", "nu": "female"}[v], nil
		}
		return v, nil
	}
	return nil, fmt.Errorf("unexpected value %v", value)
}

// parseID reads a UUID.
func parseID(v any) (id ID, err error) {
	text, _ := v.(string)
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(raw) != len(id) {
		return id, fmt.Errorf("%q is no id", text)
	}
	return ID(raw), nil
}

// reader reads the files of one folder.
type reader struct {
	dir  string
	sums map[string]string // file → sha256, nil without a manifest
}

func (r *reader) readManifest() error {
	text, err := os.ReadFile(filepath.Join(r.dir, "MANIFEST.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var manifest struct {
		Files map[string]struct{ Sha256 string }
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return fmt.Errorf("MANIFEST.json: %w", err)
	}
	r.sums = map[string]string{}
	for name, f := range manifest.Files {
		r.sums[name] = f.Sha256
	}
	return nil
}

// lines hands each line of a file to f.
func (r *reader) lines(name string, f func(object) error) error {
	name += ".jsonl"
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	if want := r.sums[name]; want != "" && want != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("%s is not the file that MANIFEST.json states: generate the workload again", name)
	}
	d := json.NewDecoder(bufio.NewReader(bytes.NewReader(text)))
	d.UseNumber()
	for n := 1; ; n++ {
		var o object
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: row %d: %w", name, n, err)
		}
		if err := f(o); err != nil {
			return fmt.Errorf("%s: row %d: %w", name, n, err)
		}
	}
}
