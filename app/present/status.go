package present

import (
	"database/sql"
	"errors"
	"strings"
	"sync"
	"time"

	"dongbo/internal/fault"
)

// State is one of the four that an office can be in.
type State int

// The states, by rising urgency.
const (
	Synced   State = iota // đã đồng bộ
	Waiting               // chờ gửi
	Sending               // đang gửi
	NeedsYou              // cần bạn xem
)

// Facts are what the status line is computed from; nothing else goes in.
type Facts struct {
	Waiting          int64 // changes without a receipt
	Last, Received   int64 // own changes made, and those with a receipt: both only grow
	ToSee            int64 // conflicts and refused changes
	LastContact      time.Time
	SessionEnded     time.Time // of the last exchange that ended
	SessionOutcome   fault.Code
	Asked            bool // somebody asked for a sync and nobody has taken it up
	Ready            bool
	Restored         bool // the server takes back what a restored backup lacked
	UnitName, Person string
}

// StatusText is the status line for a reader.
type StatusText struct {
	State    State
	Word     string // the state
	Sentence string // line, what waits, when last received
	Trouble  string // why nothing goes on without a person; mostly empty
}

// StatusLine says where the office stands with the server.
type StatusLine struct {
	desk *Desk

	mu      sync.Mutex
	facts   Facts
	err     error
	base    int64     // receipts when this round of sending began
	movedAt time.Time // when a receipt last came
	contact time.Time // the latest seen, so that it never goes back
	read    bool
}

// NewStatusLine makes a status line; Reload reads the facts.
func NewStatusLine(d *Desk) *StatusLine { return &StatusLine{desk: d} }

// Reload reads the facts from the replica.
func (s *StatusLine) Reload() error {
	f, err := s.desk.facts()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err = err; err == nil {
		s.take(f)
	}
	return err
}

// take keeps what needs a memory: since when a round of sending goes on.
func (s *StatusLine) take(f Facts) {
	now := s.desk.Now()
	switch {
	case !s.read || s.facts.Received >= s.facts.Last && f.Last > s.facts.Last:
		s.base = f.Received
		if s.read {
			s.base = s.facts.Last
		}
	case f.Received < s.base: // the server was restored from a backup
		s.base = f.Received
	}
	if s.read && f.Received > s.facts.Received {
		s.movedAt = now
	}
	if f.LastContact.After(s.contact) {
		s.contact = f.LastContact
	}
	s.facts, s.read = f, true
}

func (d *Desk) facts() (f Facts, err error) {
	st, err := d.R.Status()
	if err != nil {
		return f, err
	}
	f = Facts{Waiting: st.Waiting, ToSee: st.Conflicts + st.Quarantined, LastContact: st.LastContact, Ready: st.Ready, Restored: !st.Restored.IsZero(),
		UnitName: st.UnitName, Person: st.Person}
	if f.UnitName == "" {
		f.UnitName = st.Unit
	}
	db := d.R.DB()
	if err := db.QueryRow("SELECT coalesce(sum(last), 0), coalesce(sum(received), 0) FROM sync_own").Scan(&f.Last, &f.Received); err != nil {
		return f, err
	}
	if err := db.QueryRow("SELECT EXISTS (SELECT 1 FROM sync_request WHERE done IS NULL)").Scan(&f.Asked); err != nil {
		return f, err
	}
	var ended int64
	var outcome sql.NullString
	err = db.QueryRow("SELECT coalesce(ended, 0), outcome FROM sync_session ORDER BY no DESC LIMIT 1").Scan(&ended, &outcome)
	if errors.Is(err, sql.ErrNoRows) {
		return f, nil
	}
	if ended > 0 {
		f.SessionEnded, f.SessionOutcome = time.UnixMilli(ended), fault.Code(outcome.String)
	}
	return f, err
}

// Facts gives what the line was last computed from.
func (s *StatusLine) Facts() Facts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.facts
}

// sendingFor is how long after a receipt the next one is still expected.
const sendingFor = 4 * time.Second

// nearPast is how long a contact says something about the line of now.
const nearPast = 10 * time.Minute

// lineFailures are outcomes that trying again by itself mends.
func lineFailure(c fault.Code) bool {
	return strings.HasPrefix(string(c), "sync.") && c != "sync.wrong_server"
}

// offline and online: neither is known where nothing was tried for a while.
func (f Facts) offline() bool {
	return lineFailure(f.SessionOutcome) && !f.LastContact.After(f.SessionEnded)
}

func (f Facts) online(now time.Time) bool {
	return !f.offline() && (now.Sub(f.LastContact) < nearPast || f.SessionOutcome == "" && now.Sub(f.SessionEnded) < nearPast)
}

// trouble is an outcome of the last exchange that only a person can mend.
func (f Facts) trouble() fault.Code {
	if f.SessionOutcome == "" || lineFailure(f.SessionOutcome) || f.LastContact.After(f.SessionEnded) {
		return ""
	}
	return f.SessionOutcome
}

// Text computes the line from the facts.
func (s *StatusLine) Text() StatusText {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, f, now := s.desk, s.facts, s.desk.Now()
	if s.err != nil {
		return StatusText{State: NeedsYou, Word: d.T("app.state.needs_you"), Sentence: d.Say(s.err)}
	}
	if !s.read {
		return StatusText{State: Synced}
	}
	t := StatusText{}
	sending := f.Waiting > 0 && !f.offline() && !s.movedAt.IsZero() && now.Sub(s.movedAt) < sendingFor
	switch trouble := f.trouble(); {
	case f.ToSee > 0 || trouble != "":
		t.State, t.Word = NeedsYou, d.T("app.state.needs_you")
		if trouble != "" {
			t.Trouble = d.Say(fault.New(trouble, "path", d.R.Path()))
		}
	case sending:
		t.State, t.Word = Sending, d.T("app.state.sending")
	case f.Waiting > 0:
		t.State, t.Word = Waiting, d.T("app.state.waiting")
	default:
		t.State, t.Word = Synced, d.T("app.state.synced")
	}
	t.Sentence = strings.Join(s.parts(f, now, sending), " · ")
	return t
}

func (s *StatusLine) parts(f Facts, now time.Time, sending bool) (parts []string) {
	d := s.desk
	switch {
	case f.offline():
		parts = append(parts, d.T("app.line.offline"))
	case f.online(now):
		parts = append(parts, d.T("app.line.online"))
	}
	sent, total := f.Received-s.base, max(f.Received-s.base+f.Waiting, f.Last-s.base)
	switch {
	case f.Waiting == 0:
		parts = append(parts, d.T("common.nothing_waiting"))
	case sending:
		parts = append(parts, d.T("app.line.sending", "sent", d.Number(sent), "total", d.Number(total)))
	case sent > 0:
		parts = append(parts, d.T("app.line.paused", "sent", d.Number(sent), "total", d.Number(total)))
	default:
		parts = append(parts, d.T("common.waiting", "n", d.Number(f.Waiting)))
	}
	if f.Restored {
		parts = append(parts, d.T("app.line.restored"))
	}
	if s.contact.IsZero() {
		return append(parts, d.T("common.never_received"))
	}
	return append(parts, d.T("app.line.received", "when", d.When(s.contact)))
}
