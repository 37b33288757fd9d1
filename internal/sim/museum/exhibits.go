// Package museum keeps bugs of other sync systems, each made again in our own
// engine, and shows that the simulator would have seen them.
//
// An Exhibit names the thread where a bug was told, and the few lines that put
// its like into our code. The engine itself knows nothing of this: the museum
// builds it anew, with those lines changed (go build -overlay), and lets the
// broken one play histories until an invariant does not hold. Where a bug
// cannot be built in this design, its nearest relative stands for it.
//
// `make museum` visits all.
package museum

// Exhibit is one bug.
type Exhibit struct {
	No       int
	Thread   string
	Bug      string // what happened there
	Here     string // what is broken here
	Relative bool   // a relative of the bug, not the bug itself
	Changes  []Change
}

// Change replaces one piece of a file, which stands there exactly once.
type Change struct{ File, Old, New string }

const (
	accept       = "internal/server/accept.go"
	order        = "internal/server/order.go"
	judge        = "internal/server/judge.go"
	talk         = "internal/server/talk.go"
	page         = "internal/server/page.go"
	part         = "internal/agent/part.go"
	conversation = "internal/agent/conversation.go"
	commit       = "internal/replica/commit.go"
	mergeRow     = "internal/merge/row.go"
	conflict     = "internal/merge/conflict.go"
	desk         = "internal/sim/desk.go"
	disk         = "internal/sim/desk_disk.go"
	deskRestore  = "internal/sim/desk_restore.go"
	follow       = "internal/server/follow.go"
	snapshot     = "internal/server/snapshot.go"
)

// Exhibits are numbered as in the list that they come from.
var Exhibits = []Exhibit{
	{1, "tursodatabase/turso#8129", "a client restored from a backup writes on, and nothing of it ever reaches the server",
		"the greeting does not compare chains, and a number that is known is taken for a duplicate", false, []Change{
			{part, "	switch {\n	case ours != theirs:", "	return nil, nil\n	switch {\n	case ours != theirs:"},
			{accept, "		if link.Hash != prev {\n			return fault.New(fault.ChainForked, \"n\", c.N)\n		}\n", "		prev = link.Hash\n"},
			{desk, "	for n := at.N + 1; n <= ch.last && len(b.Changes) < most; n++ {\n		c := d.find(change.Dot{W: ch.ref, N: n})\n		if c == nil {", "	for n := at.N + 1; n <= ch.last && len(b.Changes) < most; n++ {\n		c := d.find(change.Dot{W: ch.ref, N: n})\n		if c == nil && false {"},
		}},
	{2, "submersion-app/submersion#309", "a restore rewinds what the sync remembers, and deleted things come back",
		"a restored office takes no fresh snapshot", false, []Change{{disk, "	d.scope = change.Hash{}\n	return nil\n", "	return nil\n"}}},
	{3, "couchbase-lite-ios#145", "copied databases share their identity and overwrite each other's checkpoints",
		"a copy that parts keeps the writer's name", false, []Change{{disk, "	return d.newChain(name, [32]byte(key))", "	_ = name\n	return d.newChain(old.name, [32]byte(key))"}}},
	{4, "vlcn-io/cr-sqlite#145", "nobody knows what a database is called that was copied",
		"a copy that parts gives its waiting changes a random name: one backup, restored twice, says everything twice", false, []Change{
			{disk, "	if c == nil {\n		return d.newChain(d.rand()", "	if c == nil || true {\n		return d.newChain(d.rand()"}}},
	{5, "powersync.dart#307", "after a partition the queue stays wedged for ever",
		"the server does not answer who says that it has nothing more", false, []Change{
			{talk, "	t.unanswered = true\n	t.session.poke()\n	return nil\n}", "	return nil\n}"}}},
	{6, "powersync.dart#308", "a process killed while it uploads believes for ever that it downloads",
		"after sending changes the client believes that it has said its last word already", true, []Change{
			{conversation, "		c.acked, c.caughtUp = false, false\n", "		c.acked, c.caughtUp = true, false\n"}}},
	{7, "powersync-js#1058", "client and core of two releases: a column is unknown, uploads repeat for ever, downloads stop",
		"a change that writes a column of a later release breaks the exchange", false, []Change{
			{judge, "	if i < 0 {\n		return nil\n	}\n	columns :=", "	if i < 0 {\n		return errors.New(\"museum: no such column\")\n	}\n	columns :="}}},
	{8, "Gentleman-Programming/engram#503", "seven bad changes freeze three thousand good ones",
		"a change that is refused refuses its whole batch", false, []Change{
			{order, "		err = o.quarantine(e, no, st, author)\n", "		return no\n"}}},
	{9, "engram#264", "what was sent is taken for received", "an office forgets what it has put on the line", false, []Change{
		{desk, "		b.Changes = append(b.Changes, c)\n", "		b.Changes = append(b.Changes, c)\n		d.waiting = slices.DeleteFunc(slices.Clone(d.waiting), func(w *change.Change) bool { return w == c })\n"}}},
	{10, "SQL Remote: one broken reference stops all later messages", "one broken reference stops everything behind it",
		"a change to a row that has meanwhile left is an error to who receives it", true, []Change{
			{desk, "		if !ok || row == nil {\n			continue\n		}", "		if !ok || row == nil {\n			return fault.New(\"edit.unknown_row\")\n		}"},
			{page, "			was = is || p.own[e.Dot.W]\n", "			was = is\n"}}},
	{11, "electric-sql/electric#609", "the first sync ends at a foreign key", "a snapshot sends wages before members, and an office refuses a wage whose member it lacks", true, []Change{
		{snapshot, "	for _, t := range schema.Tables() {\n		if sc.inside", "	for _, t := range slices.Backward(schema.Tables()) {\n		if sc.inside"},
		{disk, "	d.staged = append(d.staged, c.Rows...)\n", "	for i, r := range c.Rows {\n		id, _ := r.Value(\"member_id\").ID()\n		if has := append(slices.Clip(d.staged), c.Rows[:i]...); r.Table.Name == \"wage\" && !slices.ContainsFunc(has, func(m *merge.Row) bool { return m.ID == id }) {\n			return errSnapshot\n		}\n	}\n	d.staged = append(d.staged, c.Rows...)\n"}}},
	{12, "electric-sql/electric#1245", "others see half a transaction", "of a change to two rows only the first is sent", false, []Change{
		{page, "		c.Rows = seen\n", "		c.Rows = seen[:1]\n"}}},
	{13, "dexie/Dexie.js#2331", "an older client ignores what it does not know and moves its cursor on: lost for ever once it is upgraded",
		"an office leaves out columns of a later release", true, []Change{
			{desk, "		before := row\n		row = row.Clone()\n", "		known := *rw\n		rw = &known\n		rw.Writes = slices.DeleteFunc(slices.Clone(rw.Writes), func(w change.Write) bool { return w.Reg == aheadReg })\n		before := row\n		row = row.Clone()\n"}}},
	{14, "tursodatabase/turso#5640", "columns are told by their place, and after one was dropped the values stand in the wrong ones",
		"a creation numbers its registers by their place", false, []Change{
			{commit, "			rw.Writes = append(rw.Writes, change.Write{Reg: reg.No, Vals: vals})\n		}\n	}\n	for i := range t.Columns",
				"			rw.Writes = append(rw.Writes, change.Write{Reg: uint16(t.RegisterIndex(reg.No) + 1), Vals: vals})\n		}\n	}\n	for i := range t.Columns"}}},
	{15, "realm/realm-js#6603", "a client that must begin anew loses what it had not sent", "a fresh snapshot empties the outbox", false, []Change{
		{disk, "	next.ready, next.resume, next.staged = true, nil, nil\n", "	next.ready, next.resume, next.staged = true, nil, nil\n	next.waiting = nil\n"}}},
	{16, "realm/realm-js#3548", "the server has forgotten a client, and what that client alone had is lost", "what a restored server has forgotten is not sent again", false, []Change{
		{deskRestore, "	d.waiting = append(back, d.waiting...)\n", ""}}},
	{17, "SQL Server merge replication: subscriptions expire", "who was away for too long cannot send any more",
		"who takes a fresh snapshot cannot send in the same exchange, and takes a snapshot at each", true, []Change{
			{conversation, "	if err := c.r.SetScope(c.welcome.Scope); err != nil {\n		return err\n	}\n	parted, err", "	parted, err"},
			{conversation, "	c.welcome.Snapshot = false\n", ""}}},
	{18, "Ditto: deletes expire", "who was away longer than deletes are kept brings them back to life",
		"a deleted row's next edit brings it back, whatever its author had seen", true, []Change{
			{mergeRow, "	return len(h.Vals) == 0 || h.Vals[0].Int() != 0\n", "	return len(h.Vals) == 0 || h.Vals[0].Int() != 0 || len(r.UnseenByDeleteAny()) > 0\n"},
			{conflict, "func (r *Row) aliveConflict() bool {\n", "// UnseenByDeleteAny is the museum's.\nfunc (r *Row) UnseenByDeleteAny() (out []change.Dot) {\n	for _, d := range r.AllDots() {\n		if !r.knownToADelete(d) {\n			out = append(out, d)\n		}\n	}\n	return out\n}\n\nfunc (r *Row) aliveConflict() bool {\n"}}},
	{19, "superfly/corrosion: the reaper", "deletes that are cleared away let replicas go apart", "an office clears deleted rows away", false, []Change{
		{desk, "	d.rows[rowKey{Table: r.Table.No, ID: r.ID}] = r\n", "	if d.rows[rowKey{Table: r.Table.No, ID: r.ID}] = r; !r.Exists() {\n		delete(d.rows, rowKey{Table: r.Table.No, ID: r.ID})\n	}\n"}}},
	{20, "apache/couchdb#1507", "conflicts that nobody settles grow without bound", "settling replaces only the value that is shown", true, []Change{
		{commit, "				seen = before.HeadDots(reg.No)\n", "				seen = before.ShownDots(reg.No)\n"}}},
	{21, "couchbase-lite-core#781", "a delete against an edit is no conflict", "a delete against an edit that its author had not seen is no conflict", false, []Change{
		{conflict, "	return differ(r.Alive) || len(r.UnseenByDelete()) > 0\n", "	return differ(r.Alive)\n"}}},
	{22, "couchbase/sync_gateway#264", "who loses a channel keeps its documents", "who loses a row is not told", false, []Change{
		{page, "		if was == is {\n			continue\n		}", "		if was == is || was {\n			continue\n		}"}}},
	{23, "SQL Remote: a customer moves and the contacts do not", "what hangs on a row stays where the row was", "wages stay behind when their member moves", false, []Change{
		{follow, "	for some := range slices.Chunk(going, maxFollow) {\n		if err := o.write(log, some...); err != nil {\n			return err\n		}\n	}\n", "	_, _ = log, maxFollow\n"}}},
	{24, "actualbudget/actual#3786", "one computer with a clock in the future poisons all others", "changes from the future are refused", false, []Change{
		{judge, "	if len(c.Rows) > change.MaxRows ||", "	if c.At > o.at+300_000 || len(c.Rows) > change.MaxRows ||"}}},
	{25, "Nozbe/WatermelonDB#649", "cursors made of time skip rows", "a page moves the cursor to the log's head, read or not", true, []Change{
		{page, "		m.Through = num\n", "		m.Through = head\n		done = true\n		break\n"}}},
	{26, "Azure/azure-mobile-apps#817", "what was typed while an upload was under way is overwritten by its answer",
		"an own change that comes back takes later ones on its row along", false, []Change{
			{desk, "	d.waiting = slices.DeleteFunc(slices.Clone(d.waiting), func(w *change.Change) bool { return w == c })\n	if e.Change == nil {",
				"	d.waiting = slices.DeleteFunc(slices.Clone(d.waiting), func(w *change.Change) bool { return w == c || w.N > c.N && w.Rows[0].ID == c.Rows[0].ID })\n	if e.Change == nil {"}}},
	{27, "learningequality/kolibri#8438", "a conflict that nobody made hides a change that somebody did", "a write names nothing as seen: its author is in conflict with what he corrected", true, []Change{
		{commit, "				rw.Writes = append(rw.Writes, change.Write{Reg: reg.No, Vals: vals, Seen: seen})\n			}\n		}\n	}\n	rw.Writes = append",
			"				_ = seen\n				rw.Writes = append(rw.Writes, change.Write{Reg: reg.No, Vals: vals})\n			}\n		}\n	}\n	rw.Writes = append"}}},
	{28, "learningequality/kolibri#7270", "a sync that is cut starts from nothing, and leaves its parts behind", "a snapshot that was cut is made anew", false, []Change{
		{snapshot, "	if resume != nil {\n		t.snap = t.server.openSpool", "	if resume != nil && false {\n		t.snap = t.server.openSpool"}}},
	{29, "owncloud/client#3869", "rival copies stay on one computer and die with it", "the register keeps the later of two rivals", true, []Change{
		{judge, "	r.after.Apply(st.signed.Dot, rw)\n", "	r.after.Apply(st.signed.Dot, rw)\n	for i := range r.after.Regs {\n		r.after.Regs[i] = r.after.Regs[i][len(r.after.Regs[i])-1:]\n	}\n"}}},
	{30, "medic/cht-core#6246", "each request goes through all changes there ever were", "each exchange reads its logs from their beginning", true, []Change{
		{page, "tx.ReadLists(p.scope.listsIn(log), log, after, maxEntries)", "tx.ReadLists(p.scope.lists, log, 0, maxEntries)"},
		{page, "		places, behind, err := readPlaces(e.Places)\n", "		if num <= after {\n			continue\n		}\n		places, behind, err := readPlaces(e.Places)\n"}}},
}
