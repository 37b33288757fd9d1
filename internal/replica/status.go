package replica

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// Status is what an officer always wants to know; no line is needed for it.
type Status struct {
	Unit, UnitName, Role, Person string
	Waiting                      int64 // changes without a receipt, unsealed ones counted as at least one
	Received                     int64 // changes applied since enrolment
	Conflicts, Quarantined       int64
	Findings                     int64
	Digest, ServerDigest         string
	Cursor                       map[string]uint64
	LastContact                  time.Time // zero: never
	Ready                        bool
	Restored                     time.Time // since when a restored server takes back what it lost; zero: it does not
	Held                         int64     // changes that it keeps until others have sent again what they rest on
}

// digestText is a digest as people and programs compare it: one short text
// over all classes.
func digestText(s merge.Sums) string {
	total := s.Total()
	h := sha256.Sum256(total[:])
	return hex.EncodeToString(h[:16])
}

func encodeSumsEqual(s merge.Sums, cu *wire.CaughtUp) bool {
	return s.Total() == merge.Sums(cu.Digest).Total()
}

// Status reads the replica's status.
func (r *Replica) Status() (s Status, err error) {
	findings, err := r.Findings()
	if err != nil {
		return s, err
	}
	s.Findings = int64(len(findings))
	err = r.read(func(c *regsql.Conn) error {
		rows, err := c.All("SELECT key, value FROM sync_meta")
		if err != nil {
			return err
		}
		m := map[string]any{}
		for _, row := range rows {
			m[regsql.TextOf(row[0])] = row[1]
		}
		s.Unit, s.UnitName, s.Role = regsql.TextOf(m["home_code"]), regsql.TextOf(m["home_name"]), regsql.TextOf(m["role"])
		s.Person, s.ServerDigest = regsql.TextOf(m["person_name"]), regsql.TextOf(m["server_digest"])
		s.Received, s.Ready = regsql.IntOf(m["received"]), regsql.IntOf(m["ready"]) != 0
		if at := regsql.IntOf(m["last_contact"]); at > 0 {
			s.LastContact = time.UnixMilli(at)
		}
		if at := regsql.IntOf(m["restored"]); at > 0 {
			s.Restored = time.UnixMilli(at)
			if s.Held, err = c.Int("SELECT count(*) FROM sync_outbox b JOIN sync_own o ON o.ref = b.w WHERE b.n <= o.received"); err != nil {
				return err
			}
		}
		return s.count(c)
	})
	return s, err
}

func (s *Status) count(c *regsql.Conn) error {
	for q, to := range map[string]*int64{
		"SELECT coalesce(sum(last - received), 0) FROM sync_own": &s.Waiting,
		"SELECT count(*) FROM sync_conflict":                     &s.Conflicts,
		"SELECT count(*) FROM sync_quarantine WHERE seen = 0":    &s.Quarantined,
	} {
		n, err := c.Int(q)
		if err != nil {
			return err
		}
		*to = n
	}
	some, err := unsealedIn(c, schema.Tables())
	if err != nil {
		return err
	}
	if some {
		s.Waiting++
	}
	sums, err := totalSums(c)
	if err != nil {
		return err
	}
	s.Digest = digestText(sums)
	cur, err := cursorOf(c)
	s.Cursor = map[string]uint64{}
	for log, num := range cur.Logs {
		s.Cursor[log.String()] = num
	}
	return err
}

// Quarantined is an own change that the server refused.
type Quarantined struct {
	Dot          change.Dot
	Code, Detail string
	At           time.Time
	Change       *change.Change
}

// Quarantine lists the refused changes that nobody has dealt with.
func (r *Replica) Quarantine() (out []Quarantined, err error) {
	err = r.read(func(c *regsql.Conn) error {
		rows, err := c.All("SELECT w, n, code, detail, at, body FROM sync_quarantine WHERE seen = 0 ORDER BY at, w, n")
		for _, row := range rows {
			ch, err := change.Decode(regsql.BytesOf(row[5]))
			if err != nil {
				return fmt.Errorf("quarantine: %w", err)
			}
			out = append(out, Quarantined{Dot: change.Dot{W: change.Ref(regsql.IntOf(row[0])), N: uint64(regsql.IntOf(row[1]))},
				Code: regsql.TextOf(row[2]), Detail: regsql.TextOf(row[3]), At: time.UnixMilli(regsql.IntOf(row[4])), Change: ch})
		}
		return err
	})
	return out, err
}
