package soak

import (
	"path/filepath"
	"testing"

	"dongbo/internal/soak/check"
)

func TestARecordGoesOnAfterAKilledWriter(t *testing.T) {
	r, err := newRecorder("r1", filepath.Join(t.TempDir(), "r1.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.file.Close()
	for _, piece := range []string{`{"session":"r1","seq":1,"st`, "ep\":3,\"outcome\":\"ok\"}\n{\"session\":\"r1\",\"seq\":2", `,"torn`} {
		if _, err := r.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	if seq, step := r.turn(); seq != 1 || step != 3 {
		t.Errorf("goes on after %d, step %d", seq, step)
	}
	if err := r.add(check.Op{Kind: check.Final}); err != nil {
		t.Fatal(err)
	}
	ops, err := r.all()
	if err != nil || len(ops) != 2 || ops[1].Seq != 2 || ops[1].Session != "r1" {
		t.Errorf("%+v %v", ops, err)
	}
}
